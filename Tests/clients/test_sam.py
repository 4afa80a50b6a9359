"""Templates of the Serverless Application Model: an application of testdata/views by `sam deploy` and by the aws command, and what is refused."""

import json
import subprocess

import pytest

import deploying
import harness
from harness import ROOT, until
from test_s3 import refusal

SAM = ROOT / ".cache/sam/bin/sam"
VIEWS = ROOT / "testdata/views"
# What a deployment may cost beside the client's own work, in seconds; more of it without optimization.
MOST = 5.0 if "/debug/" in harness.BINARY else 1.0


def sam(server, *arguments, **more):
    settings = {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "1"}
    return deploying.run(server, SAM, *arguments, "--region", "us-east-1", environment=settings, **more)


def outputs(server, stack):
    made = server.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    assert made["StackStatus"].endswith("_COMPLETE"), made
    return {output["OutputKey"]: output["OutputValue"] for output in made["Outputs"]}


class Application:
    """Somebody who uses the deployed application, knowing nothing but its address."""

    def __init__(self, server, stack):
        self.server, self.out = server, outputs(server, stack)

    def ask(self, method, path, document=None, status=200, **headers):
        body = json.dumps(document).encode() if document is not None else b""
        answer = self.server.http(method, f"/restapis/{self.out['Api']}/Prod/_user_request_/{path}", body, headers, timeout=60)
        assert answer.status == status, f"{answer}\n{self.server.tail()}"
        return answer

    def view(self, rows):
        for at in range(0, len(rows), 300):
            part = [{"user": user, "item": item, "at": 1_700_000_000 + at + number} for number, (user, item) in enumerate(rows[at:at + 300])]
            assert self.ask("POST", "views", part).json == {"received": len(part)}

    def archived(self):
        s3 = self.server.client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self.out["Archive"], Prefix="views/")
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return sum(s3.get_object(Bucket=self.out["Archive"], Key=key)["Body"].read().count(b"\n") for key in keys)

    def train(self, count):
        """Waits until the delivery stream has written `count` views, and trains on them."""
        self.server.clock(advance=61)
        until(lambda: self.archived() == count, 30, "the archive")
        answer = self.ask("POST", "versions").json
        assert answer["views"] == count
        return answer["version"]


def play(server, stack):
    app = Application(server, stack)
    # Everybody walks the same ring of items.
    app.view([(f"u{user}", f"i{(user * 7 + step) % 60}") for user in range(40) for step in range(30)])
    version = app.train(1200)
    personalize = server.client("personalize")
    campaign = personalize.create_campaign(name=stack, solutionVersionArn=version, minProvisionedTPS=1)["campaignArn"]
    until(lambda: personalize.describe_campaign(campaignArn=campaign)["campaign"]["status"] == "ACTIVE", 30)
    assert len(app.ask("GET", f"campaigns/{stack}/users/u3").json) == 5

    def known():
        items = server.client("personalize-runtime").get_recommendations(campaignArn=campaign, userId="u39", numResults=100)["itemList"]
        return {item["itemId"] for item in items}

    assert not {"new1", "new2"} & known()
    # New items that nearly everybody views, and the next version knows them; an import takes a thousand rows at least.
    app.view([(f"u{user}", item) for user in range(39) for item in ["new1", "new2", *(f"i{(user + step) % 60}" for step in range(28))]])
    later = app.train(1170)
    assert later != version
    personalize.update_campaign(campaignArn=campaign, solutionVersionArn=later)
    until(lambda: personalize.describe_campaign(campaignArn=campaign)["campaign"]["solutionVersionArn"] == later, 30)
    assert {"new1", "new2"} <= known()
    assert app.ask("GET", "campaigns/none/users/u39", status=404).json["Code"] == "ResourceNotFoundException"
    # The second function heard the stream, by its alias.
    s3 = server.client("s3")

    def heard():
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=app.out["Archive"], Prefix="heard/").get("Contents", [])]
        return sum(int(s3.get_object(Bucket=app.out["Archive"], Key=key)["Body"].read()) for key in keys)

    until(lambda: heard() == 2370, 30, "every record")
    # Pages of others may ask it.
    allowed = app.ask("OPTIONS", "views", Origin="http://elsewhere").headers
    assert allowed["Access-Control-Allow-Origin"] == "*" and allowed["Access-Control-Allow-Methods"] == "OPTIONS,POST"
    assert app.ask("POST", "views", {"no": "list"}, status=400).json["message"] == "A list of 1 to 500 views."
    assert app.ask("GET", "views", status=403).json["message"] == "Missing Authentication Token"
    personalize.delete_campaign(campaignArn=campaign)
    return app


def empty(server, bucket):
    s3 = server.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=item["Key"])


def test_sam_deploys_an_application_that_retrains(start):
    server = start()
    command = ["deploy", "--stack-name", "views", "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"]
    made, took = sam(server, *command, folder=VIEWS)
    print(f"\nsam deploy, with its managed stack: {took}")
    assert "Successfully created/updated stack" in made and took.server < MOST
    again, took = sam(server, *command, "--no-fail-on-empty-changeset", folder=VIEWS)
    print(f"sam deploy without changes: {took}")
    assert "No changes to deploy" in again and took.server < MOST
    app = play(server, "views")
    # The managed stack of sam itself, and this one, go.
    empty(server, app.out["Archive"])
    _, took = sam(server, "delete", "--stack-name", "views", "--no-prompts", folder=VIEWS)
    print(f"sam delete: {took}")
    assert refusal(server.client("cloudformation").describe_stacks, StackName="views")[2] == "Stack with id views does not exist"
    assert server.client("apigateway").get_rest_apis()["items"] == []


@pytest.mark.parametrize("variables", [{"AWS_ENDPOINT_URL": "{url}"}, {"EDGE_PORT": "{port}", "LOCALSTACK_HOSTNAME": "127.0.0.1"}])
def test_samlocal_deploys_and_deletes(start, variables):
    """LocalStack's wrapper, which sets the key and the address by itself."""
    server = start()
    settings = {name: value.format(url=server.url, port=server.port) for name, value in variables.items()}
    environment = harness.clean_environment(
        server.folder, SAM_CLI_TELEMETRY="0", SAM_CLI_POLL_DELAY="1", AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true", CI="true",
        PYTHONDONTWRITEBYTECODE="1", **settings)

    def samlocal(*words):
        done = subprocess.run([SAM.parent / "samlocal", *words], capture_output=True, text=True, timeout=300, cwd=VIEWS, env=environment)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}\n{server.tail()}"
        return done.stdout

    made = samlocal("deploy", "--stack-name", "views", "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar")
    assert "Successfully created/updated stack" in made
    assert Application(server, "views").ask("POST", "views", {"no": "list"}, status=400).json["message"] == "A list of 1 to 500 views."
    samlocal("delete", "--stack-name", "views", "--no-prompts")
    assert refusal(server.client("cloudformation").describe_stacks, StackName="views")[2] == "Stack with id views does not exist"


def test_the_aws_command_packages_and_deploys_it(start, tmp_path):
    server = start()
    server.client("s3").create_bucket(Bucket="packages")
    packaged = tmp_path / "packaged.yaml"
    aws = deploying.BIN / "aws"
    made = ["--template-file", VIEWS / "template.yaml", "--s3-bucket", "packages", "--output-template-file", packaged]
    deploying.run(server, aws, "cloudformation", "package", *made)
    command = [
        "cloudformation", "deploy", "--stack-name", "shop", "--template-file", packaged, "--capabilities", "CAPABILITY_IAM", "--parameter-overrides",
        "Recipe=arn:aws:personalize:::recipe/aws-user-personalization",
    ]
    _, took = deploying.run(server, aws, *command)
    print(f"\naws cloudformation deploy of a SAM template: {took}")
    assert took.server < MOST
    stacks = server.client("cloudformation")
    kinds = {row["LogicalResourceId"]: row["ResourceType"] for row in stacks.describe_stack_resources(StackName="shop")["StackResources"]}
    assert kinds["ReceiveViewPermissionProd"] == "AWS::Lambda::Permission" and kinds["HeardRecords"] == "AWS::Lambda::EventSourceMapping"
    assert kinds["ServerlessRestApiProdStage"] == "AWS::ApiGateway::Stage" and kinds["HeardAliaslive"] == "AWS::Lambda::Alias"
    # What was given comes back as it was, and what it became too.
    assert "AWS::Serverless::Function" in stacks.get_template(StackName="shop", TemplateStage="Original")["TemplateBody"]
    processed = stacks.get_template(StackName="shop", TemplateStage="Processed")["TemplateBody"]
    assert "AWS::Serverless" not in json.dumps(processed) and processed["Resources"]["Receive"]["Type"] == "AWS::Lambda::Function"
    # A change of a route deploys the API anew.
    text = packaged.read_text().replace("Path: /views", "Path: /seen")
    assert "/seen" in text
    packaged.write_text(text)
    deploying.run(server, aws, *command)
    app = Application(server, "shop")
    assert app.ask("POST", "seen", [{"user": "u", "item": "i", "at": 1}]).json == {"received": 1}
    app.ask("POST", "views", [], status=403)


FUNCTION = "{Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.12, InlineCode: x%s}}"


@pytest.mark.parametrize("resource,words", [
    ("{Type: AWS::Serverless::SimpleTable}", "Resource with id [A] is invalid. Type AWS::Serverless::SimpleTable is not carried out by personalite."),
    ("{Type: AWS::Serverless::HttpApi}", "Type AWS::Serverless::HttpApi is not carried out by personalite."),
    ("{Type: AWS::Serverless::StateMachine}", "Type AWS::Serverless::StateMachine is not carried out by personalite."),
    (FUNCTION % ", Events: {E: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}}",
     "Resource with id [A] is invalid. Event with id [E] is invalid. Events of type ScheduleV2 are not carried out by personalite."),
    (FUNCTION % ", Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day), DeadLetterConfig: {Type: SQS}}}}",
     "DeadLetterConfig is not carried out by personalite."),
    (FUNCTION % ", Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day), State: ENABLED, Enabled: true}}}",
     "State and Enabled Properties cannot both be specified."),
    (FUNCTION % ", Events: {E: {Type: Kinesis, Properties: {Stream: s}}}", "Resource with id [AE] is invalid. Missing required property 'StartingPosition'."),
    (FUNCTION % ", DeploymentPreference: {Type: AllAtOnce}", "Property DeploymentPreference of AWS::Serverless::Function is not carried out by personalite."),
])
def test_what_is_refused(cfn, name, resource, words):
    template = f"Transform: AWS::Serverless-2016-10-31\nResources: {{A: {resource}}}"
    status, code, message = refusal(cfn.create_stack, StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    assert (status, code) == (400, "ValidationError") and words in message, message
