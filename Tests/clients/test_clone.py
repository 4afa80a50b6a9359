"""`personalite clone`: a data set group of one server, made again in another one."""

import json
import signal
import subprocess

import world as worlds
from harness import BINARY, ROLE, clean_environment, until
from test_commands import run
from test_s3 import refusal

OWNER = "111122223333"
# What the service gives by itself, at each place and each time anew.
OWN = {"creationDateTime", "lastUpdatedDateTime", "trainingHours", "trackingId", "eventTrackerArn", "ResponseMetadata"}
USERS = ("u1", "u7", "u39", "nobody")


def bare(value):
    """A description without what is the service's own."""
    if isinstance(value, dict):
        return {name: bare(one) for name, one in value.items() if name not in OWN}
    return [bare(one) for one in value] if isinstance(value, list) else value


def client(server, service="personalize", **more):
    return server.client(service, key=OWNER, **more)


def described(server, group, **more):
    """Every description of a group, by ARN (a tracker by its name), and the lists of all campaigns and recommenders."""
    asked, runtime, found, lists = client(server, **more), client(server, "personalize-runtime", **more), {}, {}

    def take(operation, member, arn):
        answer = bare(getattr(asked, f"describe_{operation}")(**{member: arn}))
        document, = answer.values()
        name = document["name"] if operation == "event_tracker" else arn
        found[name] = document
        if operation not in ("schema", "metric_attribution"):
            found["tags of " + name] = asked.list_tags_for_resource(resourceArn=arn)["tags"]

    take("dataset_group", "datasetGroupArn", group)
    for one in asked.list_datasets(datasetGroupArn=group)["datasets"]:
        take("dataset", "datasetArn", one["datasetArn"])
        take("schema", "schemaArn", found[one["datasetArn"]]["schemaArn"])
        for job in asked.list_dataset_import_jobs(datasetArn=one["datasetArn"])["datasetImportJobs"]:
            take("dataset_import_job", "datasetImportJobArn", job["datasetImportJobArn"])
    for one in asked.list_solutions(datasetGroupArn=group)["solutions"]:
        take("solution", "solutionArn", one["solutionArn"])
        for version in asked.list_solution_versions(solutionArn=one["solutionArn"])["solutionVersions"]:
            take("solution_version", "solutionVersionArn", version["solutionVersionArn"])
            found["metrics of " + version["solutionVersionArn"]] = asked.get_solution_metrics(solutionVersionArn=version["solutionVersionArn"])["metrics"]
        for campaign in asked.list_campaigns(solutionArn=one["solutionArn"])["campaigns"]:
            take("campaign", "campaignArn", campaign["campaignArn"])
            lists[campaign["campaignArn"]] = [runtime.get_recommendations(
                campaignArn=campaign["campaignArn"], userId=user, numResults=25)["itemList"] for user in USERS]
    for one in asked.list_recommenders(datasetGroupArn=group)["recommenders"]:
        take("recommender", "recommenderArn", one["recommenderArn"])
        if found[one["recommenderArn"]]["status"] == "ACTIVE":
            lists[one["recommenderArn"]] = [runtime.get_recommendations(
                recommenderArn=one["recommenderArn"], userId=user, numResults=25)["itemList"] for user in USERS]
    for one in asked.list_filters(datasetGroupArn=group)["Filters"]:
        take("filter", "filterArn", one["filterArn"])
    for one in asked.list_event_trackers(datasetGroupArn=group)["eventTrackers"]:
        take("event_tracker", "eventTrackerArn", one["eventTrackerArn"])
    for one in asked.list_metric_attributions(datasetGroupArn=group)["metricAttributions"]:
        take("metric_attribution", "metricAttributionArn", one["metricAttributionArn"])
        found["metrics"] = asked.list_metric_attribution_metrics(metricAttributionArn=one["metricAttributionArn"])["metrics"]
    return found, lists


def later(handler, kind, before):
    """An answer of "later" to the first request of each kind."""
    if before:
        return None
    return (503, b"<Error><Code>SlowDown</Code></Error>") if kind == "GET" else (400, b'{"__type":"ThrottlingException","message":"Rate exceeded"}')


def items(count=60):
    return "ITEM_ID,GENRE,YEAR\n" + "".join(f"i{n},{'Comedy|Drama' if n % 3 else 'Drama'},{1990 + n % 20}\n" for n in range(count))


def shop(server, **more):
    """A group with something of everything, trained between its imports."""
    world = worlds.World(server, "shop", key=OWNER, **more)
    world.group(tags=[{"tagKey": "team", "tagValue": "films"}])
    world.dataset()
    world.imported(worlds.rows(), tags=[{"tagKey": "nightly", "tagValue": ""}])
    world.solution("user", performAutoTraining=False, tags=[{"tagKey": "a", "tagValue": "b"}])
    first = world.version("user")
    world.active("solution_version", solutionVersionArn=first)
    world.dataset("Items", worlds.ITEMS)
    # A folder of two objects, and one more import on top.
    world.put("items/two.csv", items())
    world.imported(items(30), kind="Items", job="items", key="items/one.csv")
    asked = world.personalize
    folder = asked.create_dataset_import_job(
        jobName="shop-folder", datasetArn=world.datasets["Items"], dataSource={"dataLocation": f"s3://{world.bucket}/items/"}, roleArn=ROLE)
    assert world.wait("dataset_import_job", datasetImportJobArn=folder["datasetImportJobArn"])["status"] == "ACTIVE"
    world.imported(worlds.rows(start=1_650_000_000), job="more", importMode="INCREMENTAL")
    second = world.version("user", name="second", tags=[{"tagKey": "c", "tagValue": "d"}])
    world.active("solution_version", solutionVersionArn=second)
    world.campaign("user", campaignConfig={"itemExplorationConfig": {"explorationWeight": "0", "explorationItemAgeCutOff": "30"}}, minProvisionedTPS=2)
    early = asked.create_campaign(name="shop-early", solutionVersionArn=first)["campaignArn"]
    world.active("campaign", campaignArn=early)
    latest = asked.create_campaign(
        name="shop-latest", solutionVersionArn=world.solutions["user"] + "/$LATEST", campaignConfig={"syncWithLatestSolutionVersion": True})["campaignArn"]
    world.active("campaign", campaignArn=latest)
    world.solution("popular")
    world.active("solution_version", solutionVersionArn=world.version("popular", name="v1"))
    world.campaign("popular")
    made = asked.create_filter(name="shop-genre", datasetGroupArn=world.group_arn, filterExpression="INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)")
    world.active("filter", filterArn=made["filterArn"])
    asked.create_metric_attribution(
        name="shop-metrics", datasetGroupArn=world.group_arn, metrics=[{"eventType": "click", "metricName": "clicks", "expression": "SAMPLECOUNT()"}],
        metricsOutputConfig={"roleArn": ROLE, "s3DataDestination": {"path": f"s3://{world.bucket}/reports/"}})
    world.track()
    return world


def clone(folder, source, target, *words, fails=False, **variables):
    """What it says, as JSON; with `fails` the exit code and what it complains of."""
    status, output, errors = run(
        folder, "clone", "--from", source.url, "--into", target.url, "--output", "json", *words,
        **{"AWS_ACCESS_KEY_ID": OWNER, "AWS_SECRET_ACCESS_KEY": "test", **variables})
    assert (status != 0) == fails, output + errors
    return (status, errors) if fails else json.loads(output)


def test_a_group_is_the_same_elsewhere(start, relay, tmp_path):
    source, target = start(), start("--data-dir", "d")
    world = shop(source)
    before = described(source, world.group_arn)
    planned = clone(tmp_path, source, target, "--dry-run")
    assert client(target).list_dataset_groups()["datasetGroups"] == [] and client(target, "s3").list_buckets()["Buckets"] == []
    # The service is busy now and then, which is no reason to end; and it is asked to read and nothing else.
    between = relay(source, later)
    done = clone(tmp_path, between, target)
    assert {one for one in between.asked if not one.startswith(("Describe", "List"))} == {"GET"} and len(between.asked) > 40
    assert [one["from"] for one in planned["resources"]] == [one["from"] for one in done["resources"]] and all(one["made"] for one in done["resources"])
    there, lists = described(target, world.group_arn)
    # A version without a name of its own has its id for one, to have its ARN.
    unnamed, = (arn for arn, one in before[0].items() if "solutionVersionArn" in one and one.get("name", "").startswith("shop-user/"))
    assert there[unnamed].pop("name") == unnamed.split("/")[-1] and before[0][unnamed].pop("name")
    assert there == before[0]
    assert lists == before[1] and all(len(one) == 25 for one in lists[world.campaigns["user"]])
    changed = {one["what"] for one in done["changes"]}
    assert changed == {"ARN of Event tracker shop-tracker", "trackingId of Event tracker shop-tracker", f"name of Solution version {'/'.join(unnamed.split('/')[-2:])}"}
    assert done["objects"] == 4 and not any(one["loss"] for one in done["left"]) and any("was streamed" in one["what"] for one in done["left"])
    # Again: nothing is made, and nothing has changed, here or there.
    again = clone(tmp_path, source, target)
    assert not any(one["made"] for one in again["resources"]) and again["objects"] == 0
    assert described(target, world.group_arn)[1] == lists and described(source, world.group_arn)[1] == before[1]
    # The copy goes on by itself: an event moves its list.
    tracker, = (one["into"] for one in done["changes"] if one["what"].startswith("trackingId"))
    for index, item in enumerate(("i3", "i9", "i27")):
        client(target, "personalize-events").put_events(
            trackingId=tracker, userId="u1", sessionId="s", eventList=[{"eventType": "click", "itemId": item, "sentAt": 1_700_000_000 + index}])
    assert described(target, world.group_arn)[1] != lists


def test_recommenders_of_a_domain_in_another_region(start, tmp_path):
    source, target = start(), start()
    region = {"region": "eu-west-1"}
    world = worlds.World(source, "tv", key=OWNER, **region)
    world.s3.create_bucket(Bucket=world.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    world.group(domain="VIDEO_ON_DEMAND")
    world.dataset(domain="VIDEO_ON_DEMAND")
    world.s3.put_object(Bucket=world.bucket, Key="watched.csv", Body=worlds.rows().replace(",click", ",Watch"))
    job = world.personalize.create_dataset_import_job(
        jobName="tv-job", datasetArn=world.datasets["Interactions"], dataSource={"dataLocation": f"s3://{world.bucket}/watched.csv"}, roleArn=ROLE)
    assert world.wait("dataset_import_job", datasetImportJobArn=job["datasetImportJobArn"])["status"] == "ACTIVE"
    arns = []
    for name, recipe in (("tv-top", "aws-vod-most-popular"), ("tv-trending", "aws-vod-trending-now")):
        arns.append(world.personalize.create_recommender(
            name=name, datasetGroupArn=world.group_arn, recipeArn=f"arn:aws:personalize:::recipe/{recipe}")["recommenderArn"])
        world.active("recommender", recommenderArn=arns[-1])
    world.personalize.stop_recommender(recommenderArn=arns[1])
    until(lambda: world.personalize.describe_recommender(recommenderArn=arns[1])["recommender"]["status"] == "INACTIVE")
    # A profile says where and who; ARNs say the region.
    config = tmp_path / "config"
    config.write_text(f"[profile other]\nregion = us-east-1\nendpoint_url = {source.url}\n\n[profile mine]\nregion = x\n")
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[other]\naws_access_key_id = {OWNER}\naws_secret_access_key = test\n[mine]\naws_access_key_id = 999988887777\naws_secret_access_key = test\n")
    files = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
    status, output, errors = run(tmp_path, "clone", "--profile", "other", "--group", world.group_arn, "--into", target.url, **files)
    assert status == 0 and "Recommender tv-top" in output and "\x1b" not in output, errors
    assert described(target, world.group_arn, **region) == described(source, world.group_arn, **region)
    assert described(target, world.group_arn, **region)[0][arns[1]]["status"] == "INACTIVE"
    # Another account there: the same names, ARNs of its own.
    status, output, errors = run(
        tmp_path, "clone", "--profile", "other", "--group", world.group_arn, "--into", target.url, "--into-profile", "mine", "--output", "json", **files)
    assert status == 0, output + errors
    arn = arns[0].replace(OWNER, "999988887777")
    other = target.client("personalize-runtime", key="999988887777", **region)
    ours = client(source, "personalize-runtime", **region)
    assert other.get_recommendations(recommenderArn=arn, userId="u1")["itemList"] == ours.get_recommendations(recommenderArn=arns[0], userId="u1")["itemList"]


def test_data_that_cannot_be_read_is_said(start, tmp_path):
    source, target = start(), start()
    world = worlds.World(source, "w", key=OWNER).small()
    world.solution("popular")
    world.active("solution_version", solutionVersionArn=world.version("popular", name="v1"))
    world.campaign("popular")
    planned = clone(tmp_path, source, target, "--without-data")
    assert [one["kind"] for one in planned["resources"]] == ["schema", "data set group", "data set", "solution"]
    assert {one["what"]: one["loss"] for one in planned["left"]} == {
        "dataset-import-job/w-job": False, "solution/w-popular/v1": False, "campaign/w-popular": False,
        "what was streamed to dataset/w-group/INTERACTIONS": False}
    world.s3.delete_object(Bucket=world.bucket, Key="job.csv")
    other = start()
    status, output, errors = run(
        tmp_path, "clone", "--from", source.url, "--into", other.url, "--output", "json", AWS_ACCESS_KEY_ID=OWNER, AWS_SECRET_ACCESS_KEY="test")
    left = {one["what"]: one["why"] for one in json.loads(output)["left"]}
    assert status == 1 and "Not all of w-group" in errors
    assert "NoSuchKey" in left["dataset-import-job/w-job"]
    assert "cannot be read" in left["solution/w-popular/v1"] and "not carried" in left["campaign/w-popular"]
    assert client(other).list_solutions()["solutions"] and client(other).list_campaigns()["campaigns"] == []


def test_data_that_was_written_again_is_said(start, tmp_path):
    source, target = start(), start()
    world = worlds.World(source, "w", key=OWNER).small()
    assert not any("as dataset-import-job" in one["what"] for one in clone(tmp_path, source, start(), "--dry-run")["left"])
    source.clock(advance=5)
    world.put("job.csv", worlds.rows(start=1_650_000_000))
    left = {one["what"]: one for one in clone(tmp_path, source, target)["left"]}
    again = left[f"s3://{world.bucket}/job.csv as dataset-import-job/w-job read it"]
    assert "taken as it is now" in again["why"] and again["loss"] is False


def test_what_was_updated_and_what_fails(start, tmp_path):
    source, target = start(), start()
    world = worlds.World(source, "w", key=OWNER).small()
    asked = world.personalize
    solution = world.solution("popular", solutionConfig={"autoTrainingConfig": {"schedulingExpression": "rate(3 days)"}})
    asked.update_solution(solutionArn=solution, performAutoTraining=False)
    until(lambda: asked.describe_solution(solutionArn=solution)["solution"]["performAutoTraining"] is False)
    world.dataset("Items", worlds.ITEMS)
    world.imported(items(), kind="Items", job="items")
    world.active("solution_version", solutionVersionArn=world.version("popular", name="v1"))
    fields = ("ITEM_ID", "string"), ("GENRE", ["null", "string"], {"categorical": True}), ("YEAR", "string"), ("PLACE", ["null", "string"])
    wider = asked.create_schema(name="w-wider", schema=worlds.schema("Items", *fields))["schemaArn"]
    dataset = world.datasets["Items"]
    asked.update_dataset(datasetArn=dataset, schemaArn=wider)
    until(lambda: asked.describe_dataset(datasetArn=dataset)["dataset"]["schemaArn"] == wider)
    head, *lines = items().splitlines()
    world.imported("\n".join([head + ",PLACE"] + [line + ",here" for line in lines]) + "\n", kind="Items", job="again")
    world.active("solution_version", solutionVersionArn=world.version("popular", name="v2"))
    world.campaign("popular")
    # What came by the earlier schema is said, and so is what was trained on it alone; all else is there, also when it is run once more.
    for _ in range(2):
        status, output, errors = run(
            tmp_path, "clone", "--from", source.url, "--into", target.url, "--output", "json", AWS_ACCESS_KEY_ID=OWNER, AWS_SECRET_ACCESS_KEY="test")
        left = {one["what"] for one in json.loads(output)["left"] if one["loss"]}
        assert status == 1 and left == {"dataset-import-job/w-items", "solution/w-popular/v1"}, output + errors
    ours, theirs = (client(server, "personalize-runtime").get_recommendations(campaignArn=world.campaigns["popular"], userId="u1")["itemList"] for server in (source, target))
    assert ours == theirs and len(ours) == 25
    copy = client(target).describe_solution(solutionArn=solution)["solution"]
    assert copy["performAutoTraining"] is False


def test_what_is_there_is_left_alone(start, tmp_path):
    source, target = start(), start()
    world = worlds.World(source, "w", key=OWNER).small()
    other = client(target, "s3")
    other.create_bucket(Bucket=world.bucket)
    other.put_object(Bucket=world.bucket, Key="job.csv", Body=b"mine")
    status, errors = clone(tmp_path, source, target, fails=True)
    assert status == 1 and "is not overwritten" in errors and "What was made stands" in errors
    assert other.get_object(Bucket=world.bucket, Key="job.csv")["Body"].read() == b"mine"
    other.delete_object(Bucket=world.bucket, Key="job.csv")
    assert clone(tmp_path, source, target)["objects"] == 1
    third = start()
    client(third).create_schema(name="w-interactions", schema=worlds.schema("Interactions", ("USER_ID", "string"), ("ITEM_ID", "string"), ("TIMESTAMP", "long")))
    status, errors = clone(tmp_path, source, third, fails=True)
    assert status == 1 and "another schema" in errors


def test_words_for_what_cannot_be(start, tmp_path):
    source, target = start(), start()
    for words, text in [
        (["--group", "none"], "no data set group none"), (["--profile", "none"], "no profile none"), (["--from", "ftp://x"], "no address of a server"),
        (["--from", "http://127.0.0.1:1"], "Cannot reach"), (["--region", "a/b"], "no region"),
    ]:
        status, errors = clone(tmp_path, source, target, *words, fails=True)
        assert status == 1 and text in errors, errors
    status, errors = clone(tmp_path, source, target, fails=True, AWS_SECRET_ACCESS_KEY="wrong")
    assert status == 1 and "InvalidSignatureException" in errors
    status, _, errors = run(tmp_path, "clone", "--into", target.url)
    assert status == 1 and "which region" in errors
    status, _, errors = run(tmp_path, "clone", "--into", target.url, "--region", "us-east-1")
    assert status == 1 and "no key for AWS" in errors


def test_it_ends_and_goes_on(start, tmp_path):
    source, target = start(), start("--job-delay", "600")
    world = worlds.World(source, "w", key=OWNER).small()
    environment = clean_environment(tmp_path, AWS_ACCESS_KEY_ID=OWNER, AWS_SECRET_ACCESS_KEY="test")
    with subprocess.Popen(
        [BINARY, "clone", "--from", source.url, "--into", target.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        until(lambda: client(target).list_dataset_groups()["datasetGroups"], what="the group is being made")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGINT and "Interrupted. What was made stands" in errors, errors
    target.clock(rate=100_000)
    done = clone(tmp_path, source, target)
    assert [one["made"] for one in done["resources"]].count(False) >= 1
    assert described(target, world.group_arn) == described(source, world.group_arn)
