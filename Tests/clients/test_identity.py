"""STS, IAM and the parameter store, and every service that is not here."""

import json
import time

import pytest

from test_s3 import refusal

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
GRANT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
ROLE = "arn:aws:iam::000000000000:role"


@pytest.fixture
def iam(server):
    return server.client("iam")


@pytest.fixture
def ssm(server):
    return server.client("ssm")


def session_of(server, answer, service, **more):
    given = answer["Credentials"]
    return server.client(service, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], **more)


def test_who_am_i(server):
    assert server.aws("sts", "get-caller-identity") == {
        "UserId": "000000000000", "Account": "000000000000", "Arn": "arn:aws:iam::000000000000:root",
    }
    other = server.client("sts", key="123456789012").get_caller_identity()
    assert (other["Account"], other["Arn"]) == ("123456789012", "arn:aws:iam::123456789012:root")
    assert server.client("sts").get_access_key_info(AccessKeyId="1" * 16)["Account"] == "000000000000"
    assert refusal(server.client("sts", secret="wrong").get_caller_identity)[:2] == (403, "SignatureDoesNotMatch")
    assert refusal(server.client("sts", key="nobody").get_caller_identity)[:2] == (403, "InvalidClientTokenId")


def test_temporary_credentials_sign_for_every_service_until_they_end(start):
    server = start("--data-dir", "data")
    server.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
    answer = server.client("sts").assume_role(RoleArn=f"{ROLE}/app", RoleSessionName="me", DurationSeconds=900)
    who = session_of(server, answer, "sts").get_caller_identity()
    assert who["Arn"] == "arn:aws:sts::000000000000:assumed-role/app/me" == answer["AssumedRoleUser"]["Arn"]
    assert who["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    s3 = session_of(server, answer, "s3")
    s3.create_bucket(Bucket="mine")
    s3.put_object(Bucket="mine", Key="k", Body=b"text")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "mine", "Key": "k"})
    assert server.http("GET", url.split(str(server.port), 1)[1]).body == b"text"
    assert server.client("s3").list_buckets()["Buckets"][0]["Name"] == "mine"
    session_of(server, answer, "kinesis").create_stream(StreamName="s", ShardCount=1)
    session_of(server, answer, "personalize").list_schemas()
    post = s3.generate_presigned_post("mine", "form")
    assert "x-amz-security-token" in post["fields"]
    # Another token, none, or the token of another key is worth nothing.
    given = answer["Credentials"]
    for token in (given["SessionToken"][:-8] + "AAAAAAA=", None, session_token(server)):
        wrong = server.client("kinesis", given["AccessKeyId"], given["SecretAccessKey"], token)
        assert refusal(wrong.list_streams)[1] == "UnrecognizedClientException"
    # They outlive the process, however it ends, and end on the server's clock.
    folder = server.folder
    server.kill()
    again = start("--data-dir", folder / "data")
    assert session_of(again, answer, "kinesis").list_streams()["StreamNames"] == ["s"]
    again.clock(advance=901)
    assert refusal(session_of(again, answer, "kinesis").list_streams)[:2] == (400, "ExpiredTokenException")
    assert refusal(session_of(again, answer, "s3").list_buckets)[:2] == (400, "ExpiredToken")
    assert refusal(session_of(again, answer, "sts").get_caller_identity)[:2] == (403, "ExpiredToken")
    assert again.http("POST", "/_personalite/reset").status == 200
    assert refusal(session_of(again, answer, "kinesis").list_streams)[1] == "UnrecognizedClientException"


def session_token(server):
    return server.client("sts").get_session_token()["Credentials"]["SessionToken"]


def test_sessions_have_limits(server):
    sts = server.client("sts")
    token = sts.get_session_token(DurationSeconds=900)
    assert session_of(server, token, "sts").get_caller_identity()["Arn"].endswith(":root")
    assert refusal(session_of(server, token, "sts").get_session_token)[:2] == (403, "AccessDenied")
    # An hour is the limit of whoever takes on a role with temporary credentials, whoever gave them.
    long = {"RoleArn": f"{ROLE}/x", "RoleSessionName": "me", "DurationSeconds": 7200}
    for temporary in (token, sts.assume_role(**long)):
        assert "role chaining." in refusal(session_of(server, temporary, "sts").assume_role, **long)[2]
    assert refusal(sts.assume_role, RoleArn="arn:aws:iam::000000000000:user/someone", RoleSessionName="me")[1] == "ValidationError"
    short = server.client("sts", validate=False)
    assert "greater than or equal to 900" in refusal(short.assume_role, RoleArn=f"{ROLE}/x", RoleSessionName="me", DurationSeconds=60)[2]
    assert refusal(sts.assume_role, RoleArn="arn:aws:iam::999999999999:role/x", RoleSessionName="me")[:2] == (403, "AccessDenied")


def test_roles(server, iam, name):
    made = iam.create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument=TRUST, Description="d", Tags=[{"Key": "a", "Value": "b"}])["Role"]
    assert made["Arn"] == f"arn:aws:iam::000000000000:role/team/{name}" and made["RoleId"].startswith("AROA")
    role = iam.get_role(RoleName=name)["Role"]
    assert role["AssumeRolePolicyDocument"] == json.loads(TRUST) and role["Tags"] == [{"Key": "a", "Value": "b"}]
    assert role["MaxSessionDuration"] == 3600
    assert refusal(iam.create_role, RoleName=name.upper(), AssumeRolePolicyDocument=TRUST)[:2] == (409, "EntityAlreadyExists")
    iam.update_role(RoleName=name, Description="e", MaxSessionDuration=7200)
    assert iam.update_role_description(RoleName=name, Description="f")["Role"]["Description"] == "f"
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=GRANT)
    assert iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"] == json.loads(GRANT)
    assert refusal(iam.update_assume_role_policy, RoleName=name, PolicyDocument="{")[:2] == (400, "MalformedPolicyDocument")
    iam.tag_role(RoleName=name, Tags=[{"Key": "c", "Value": "d"}, {"Key": "A", "Value": "x"}])
    assert iam.list_role_tags(RoleName=name)["Tags"] == [{"Key": "A", "Value": "x"}, {"Key": "c", "Value": "d"}]
    iam.untag_role(RoleName=name, TagKeys=["c"])
    assert len(iam.list_role_tags(RoleName=name)["Tags"]) == 1
    assert [role["RoleName"] for role in iam.list_roles(PathPrefix="/team/")["Roles"]] == [name]
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=GRANT)
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["inline"]
    assert iam.get_role_policy(RoleName=name, PolicyName="inline")["PolicyDocument"] == json.loads(GRANT)
    managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    iam.attach_role_policy(RoleName=name, PolicyArn=managed)
    iam.attach_role_policy(RoleName=name, PolicyArn=managed)
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": managed}]
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=managed)
    assert iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == managed
    iam.delete_role_permissions_boundary(RoleName=name)
    assert refusal(iam.delete_role, RoleName=name)[2] == "Cannot delete entity, must detach all policies first."
    iam.detach_role_policy(RoleName=name, PolicyArn=managed)
    assert refusal(iam.detach_role_policy, RoleName=name, PolicyArn=managed)[:2] == (404, "NoSuchEntity")
    assert refusal(iam.delete_role, RoleName=name)[2] == "Cannot delete entity, must delete policies first."
    iam.delete_role_policy(RoleName=name, PolicyName="inline")
    iam.delete_role(RoleName=name)
    assert refusal(iam.get_role, RoleName=name) == (404, "NoSuchEntity", f"The role with name {name} cannot be found.")
    assert refusal(server.client("iam", validate=False).get_role, RoleName="a b")[1] == "ValidationError"


def test_policies(iam, name):
    policy = iam.create_policy(PolicyName=name, Path="/p/", PolicyDocument=GRANT)["Policy"]
    arn = policy["Arn"]
    assert arn == f"arn:aws:iam::000000000000:policy/p/{name}" and policy["DefaultVersionId"] == "v1"
    assert refusal(iam.create_policy, PolicyName=name, PolicyDocument=GRANT)[:2] == (409, "EntityAlreadyExists")
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=TRUST.replace('"Principal": {"Service": "lambda.amazonaws.com"}', '"Resource": "*"'))
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=GRANT)[:2] == (409, "LimitExceeded")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v3")
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"] if v["IsDefaultVersion"]] == ["v3"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(GRANT)
    pages = iam.get_paginator("list_policy_versions").paginate(PolicyArn=arn, PaginationConfig={"PageSize": 2})
    assert [[v["VersionId"] for v in page["Versions"]] for page in pages] == [["v5", "v4"], ["v3", "v2"], ["v1"]]
    iam.create_role(RoleName=f"r-{name}", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName=f"r-{name}", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert [role["RoleName"] for role in iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]] == [f"r-{name}"]
    assert name in [p["PolicyName"] for p in iam.list_policies(Scope="Local", OnlyAttached=True)["Policies"]]
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.untag_policy(PolicyArn=arn, TagKeys=["k"])
    assert refusal(iam.delete_policy, PolicyArn=arn)[2] == "Cannot delete a policy attached to entities."
    iam.detach_role_policy(RoleName=f"r-{name}", PolicyArn=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn)[1] == "DeleteConflict"
    assert refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v3")[1] == "DeleteConflict"
    for version in ("v1", "v2", "v4", "v5"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.get_policy, PolicyArn=arn)[:2] == (404, "NoSuchEntity")
    assert refusal(iam.attach_role_policy, RoleName=f"r-{name}", PolicyArn=arn)[:2] == (404, "NoSuchEntity")


def test_policies_have_lengths(iam, name):
    def grant(length):
        return GRANT.replace("s3:*", "s3:" + "x" * (length - len(GRANT.replace(" ", "")) + 1))

    iam.create_policy(PolicyName=name, PolicyDocument=grant(6144) + " " * 100)
    assert refusal(iam.create_policy, PolicyName=f"{name}2", PolicyDocument=grant(6145)) == (
        409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144",
    )
    long = TRUST.replace("lambda", "l" * 2048)
    assert refusal(iam.create_role, RoleName=name, AssumeRolePolicyDocument=long) == (
        409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048",
    )
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName=name, PolicyName="a", PolicyDocument=grant(10000))
    iam.put_role_policy(RoleName=name, PolicyName="b", PolicyDocument=grant(240))
    assert refusal(iam.put_role_policy, RoleName=name, PolicyName="c", PolicyDocument=grant(100)) == (
        409, "LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {name}",
    )
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["a", "b"]
    for number in range(10):
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/P{number}")
    assert refusal(iam.attach_role_policy, RoleName=name, PolicyArn="arn:aws:iam::aws:policy/P10") == (
        409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10",
    )


def test_lists_of_roles_have_pages(start):
    server = start()
    iam = server.client("iam")
    for number in range(5):
        iam.create_role(RoleName=f"role{number}", AssumeRolePolicyDocument=TRUST)
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2}))
    assert [[role["RoleName"] for role in page["Roles"]] for page in pages] == [["role0", "role1"], ["role2", "role3"], ["role4"]]
    # Names that differ in the case of their first letters are on one page each, too.
    for name in ("Zed", "alpha", "Mid"):
        iam.create_role(RoleName=name, Path="/mixed/", AssumeRolePolicyDocument=TRUST)
    pages = list(iam.get_paginator("list_roles").paginate(PathPrefix="/mixed/", PaginationConfig={"PageSize": 1}))
    assert [[role["RoleName"] for role in page["Roles"]] for page in pages] == [["Mid"], ["Zed"], ["alpha"]]
    for name in ("Zed", "alpha", "Mid"):
        iam.delete_role(RoleName=name)
    # Accounts are apart, regions are not.
    assert server.client("iam", key="123456789012").list_roles()["Roles"] == []
    assert len(server.client("iam", region="eu-west-1").list_roles()["Roles"]) == 5


def test_parameters(server, ssm, name):
    path = f"/{name}/a"
    assert ssm.put_parameter(Name=path, Value="1", Type="String", Description="d")["Version"] == 1
    assert refusal(ssm.put_parameter, Name=path, Value="2")[:2] == (400, "ParameterAlreadyExists")
    assert ssm.put_parameter(Name=path, Value="2", Overwrite=True)["Version"] == 2
    assert refusal(ssm.put_parameter, Name=path, Value="2", Type="StringList", Overwrite=True)[1] == "HierarchyTypeMismatchException"
    parameter = ssm.get_parameter(Name=path)["Parameter"]
    assert (parameter["Value"], parameter["Version"], parameter["Type"], parameter["DataType"]) == ("2", 2, "String", "text")
    assert parameter["ARN"] == f"arn:aws:ssm:us-east-1:000000000000:parameter{path}"
    assert ssm.get_parameter(Name=f"{path}:1")["Parameter"]["Value"] == "1"
    assert ssm.get_parameter(Name=parameter["ARN"])["Parameter"]["Value"] == "2"
    assert refusal(ssm.get_parameter, Name=f"{path}:7")[1] == "ParameterVersionNotFound"
    assert refusal(ssm.get_parameter, Name="/nowhere")[:2] == (400, "ParameterNotFound")
    for other in ("eu-west-1:000000000000:parameter", "us-east-1:111111111111:parameter", "us-east-1:000000000000:document"):
        assert refusal(ssm.get_parameter, Name=f"arn:aws:ssm:{other}{path}")[1] == "ParameterNotFound"
    ssm.put_parameter(Name=f"/{name}/s", Value="secret", Type="SecureString")
    ssm.put_parameter(Name=f"/{name}/deep/l", Value="x,y", Type="StringList")
    assert "secret" not in ssm.get_parameter(Name=f"/{name}/s")["Parameter"]["Value"]
    assert ssm.get_parameter(Name=f"/{name}/s", WithDecryption=True)["Parameter"]["Value"] == "secret"
    some = ssm.get_parameters(Names=[path, f"/{name}/none"])
    assert [p["Name"] for p in some["Parameters"]] == [path] and some["InvalidParameters"] == [f"/{name}/none"]
    assert [p["Name"] for p in ssm.get_parameters_by_path(Path=f"/{name}")["Parameters"]] == [path, f"/{name}/s"]
    deep = ssm.get_paginator("get_parameters_by_path").paginate(Path=f"/{name}", Recursive=True, PaginationConfig={"PageSize": 1})
    assert [p["Name"] for page in deep for p in page["Parameters"]] == [path, f"/{name}/deep/l", f"/{name}/s"]
    described = ssm.describe_parameters(ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": [f"/{name}"]}])["Parameters"]
    assert {p["Name"]: p["Tier"] for p in described} == {path: "Standard", f"/{name}/deep/l": "Standard", f"/{name}/s": "Standard"}
    assert [p["KeyId"] for p in described if p["Type"] == "SecureString"] == ["alias/aws/ssm"]
    assert [v["Value"] for v in ssm.get_parameter_history(Name=path)["Parameters"]] == ["1", "2"]
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=path, Tags=[{"Key": "k", "Value": "v"}])
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=path)["TagList"] == [{"Key": "k", "Value": "v"}]
    ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId=path, TagKeys=["k"])
    assert "4096" in refusal(ssm.put_parameter, Name=f"/{name}/big", Value="x" * 4097, Type="String")[2]
    assert ssm.put_parameter(Name=f"/{name}/big", Value="x" * 4097, Type="String", Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    assert refusal(ssm.put_parameter, Name=f"{name}/x", Value="1", Type="String")[1] == "ValidationException"
    assert refusal(ssm.put_parameter, Name="/aws/x", Value="1", Type="String")[1] == "AccessDeniedException"
    assert refusal(ssm.put_parameter, Name=f"{name}x", Value="b", Type="String", AllowedPattern="^a+$")[1] == "ParameterPatternMismatchException"
    assert ssm.delete_parameters(Names=[f"/{name}/s", "/none"]) | {"ResponseMetadata": 0} == {
        "DeletedParameters": [f"/{name}/s"], "InvalidParameters": ["/none"], "ResponseMetadata": 0,
    }
    ssm.delete_parameter(Name=path)
    assert refusal(ssm.delete_parameter, Name=path)[1] == "ParameterNotFound"
    assert server.aws("ssm", "put-parameter", "--name", f"cli-{name}", "--value", "v", "--type", "String")["Version"] == 1
    assert "is not carried out" in refusal(ssm.list_documents)[2]


def test_parameters_and_roles_survive_kill_9_and_are_forgotten_by_a_reset(start):
    server = start("--data-dir", "data")
    server.client("ssm").put_parameter(Name="/p", Value="kept", Type="String")
    server.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    server.kill()
    again = start("--data-dir", server.folder / "data")
    assert again.client("ssm").get_parameter(Name="/p")["Parameter"]["Value"] == "kept"
    assert again.client("iam").get_role(RoleName="r")["Role"]["RoleName"] == "r"
    assert again.http("POST", "/_personalite/reset").status == 200
    assert again.client("ssm").describe_parameters()["Parameters"] == []
    assert again.client("iam").list_roles()["Roles"] == []


@pytest.mark.parametrize("service, operation, arguments, title", [
    ("dynamodb", "list_tables", {}, "Amazon DynamoDB (dynamodb)"),
    ("sqs", "list_queues", {}, "Amazon Simple Queue Service (sqs)"),
    ("sns", "list_topics", {}, "Amazon Simple Notification Service (sns)"),
    ("route53", "list_hosted_zones", {}, "Amazon Route 53 (route53)"),
    ("cloudfront", "list_distributions", {}, "Amazon CloudFront (cloudfront)"),
    ("ec2", "describe_instances", {}, "Amazon Elastic Compute Cloud (ec2)"),
    ("cloudtrail", "lookup_events", {}, "AWS CloudTrail (cloudtrail)"),
])
def test_a_service_that_is_not_here_is_refused_by_name(server, service, operation, arguments, title):
    started = time.monotonic()
    status, code, message = refusal(getattr(server.client(service), operation), **arguments)
    assert status == 400 and code in ("UnknownOperationException", "InvalidAction") and message.startswith(f"{title} is not here."), message
    assert time.monotonic() - started < 5


def test_an_operation_that_is_not_here_is_refused_by_name(server):
    assert refusal(server.client("iam").list_users)[:2] == (400, "InvalidAction")
    error = server.aws("iam", "list-users", fails=True)
    assert "Could not find operation ListUsers for version 2010-05-08" in error


def test_services_are_listed(server):
    services = server.http("GET", "/_personalite/fidelity").json["services"]
    assert {"sts", "iam", "ssm", "kinesis", "s3", "personalize"} <= {service["service"] for service in services}


def test_malformed_forms_are_refused(server):
    for body in (b"Action=%zz", b"", b"Action=ListRoles&Version=2010-05-08&" + b"a.b." * 40 + b"=1", b"\xff=1"):
        answer = server.signed("POST", "/", body, {"content-type": "application/x-www-form-urlencoded"}, service="iam")
        assert answer.status == 400 and b"<ErrorResponse" in answer.body, answer
    answer = server.http("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", {"content-type": "application/x-www-form-urlencoded"})
    assert answer.status == 403 and b"<Code>MissingAuthenticationToken</Code>" in answer.body
    answer = server.http("GET", "/?Action=GetCallerIdentity&Version=2011-06-15")
    assert answer.status == 403 and b"MissingAuthenticationToken" in answer.body


def test_faults_reach_the_query_services(start):
    server = start()
    rule = [{"service": "sts", "error": {"statusCode": 400, "code": "Throttling"}}]
    assert server.http("POST", "/_personalite/faults", json.dumps(rule).encode()).status == 200
    assert refusal(server.client("sts").get_caller_identity)[:2] == (400, "Throttling")
