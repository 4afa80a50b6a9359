"""What real clients ran into with Amazon Personalize, as public reports and AWS's own notebooks tell: each must go here as it went there."""

import json
import time

import pytest

from harness import ROLE, until
from test_personalize_groups import arn
from test_s3 import refusal
from world import INTERACTIONS, World, histories, rows, schema


@pytest.fixture(scope="module")
def small(server):
    return World(server, "reports").small().train("user")


def event(**more):
    return {"eventType": "click", "itemId": "i1", "sentAt": 1_700_000_000, **more}


def put(server, world, *entries, **more):
    """PutEvents past the client's own checks."""
    document = {"trackingId": world.tracker, "userId": "u1", "sessionId": "s", "eventList": list(entries), **more}
    return server.signed("POST", "/events", json.dumps(document).encode(), {"content-type": "application/json"}, service="personalize")


def lists(world, user):
    return [item for item, _ in world.ask(user=user, numResults=50)]


def test_the_item_inside_the_properties(server, small):
    """boto/boto3 2573, aws-amplify, AWS's samples: the older place of itemId."""
    before = lists(small, "u2")
    server.client("personalize-events").put_events(
        trackingId=small.tracker, userId="u2", sessionId="s2",
        eventList=[{"eventType": "click", "sentAt": time.time(), "properties": json.dumps({"itemId": "i30", "eventValue": "1"})}])
    until(lambda: lists(small, "u2") != before, 1)


def test_a_timestamp_among_the_properties(server, small):
    """aws-amplify 6906: a tracker added `timestamp` to the properties, and every event was refused."""
    for key in ("timestamp", "TIMESTAMP", "userId", "sessionId", "eventType", "recommendationId", "impression"):
        answer = put(server, small, event(properties=json.dumps({key: "1"})))
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "InvalidInputException"), key


def test_properties_encoded_twice(server, small):
    """aws-sdk-js 2773: JSON text of JSON text."""
    answer = put(server, small, event(properties=json.dumps(json.dumps({"a": "b"}))))
    assert (answer.status, answer.json["message"]) == (400, "Error parsing properties json")


def test_empty_properties(server, small):
    """The founding post's function sends `properties: {}`, which the JavaScript SDK writes as the text {}."""
    assert put(server, small, event(properties="{}")).status == 200


def test_a_session_that_is_the_word_null(server, small):
    """aws-sdk 3371: answered 200 and silently dropped."""
    before = lists(small, "u3")
    assert put(server, small, event(itemId="i30", sentAt=time.time()), userId="u3", sessionId="null").status == 200
    assert lists(small, "u3") == before


@pytest.mark.parametrize("sent, accepted", [
    (1698711110, True), (1698711110.123, True), (1.69871111e9, True), (1698711110123, True), (1698711.11, True), (0, True), (None, True),
    ("1698711110", False), ("2023-10-31T00:11:50Z", False), (True, False),
])
def test_times_in_every_form(server, small, sent, accepted):
    """Seconds of every SDK; milliseconds taken for seconds (aws-sdk 3370); seconds taken for milliseconds, and the null of an invalid Date (the
    founding post's function)."""
    answer = put(server, small, event(sentAt=sent))
    assert (answer.status == 200) == accepted, answer
    if not accepted:
        assert answer.status == 400 and answer.headers["x-amzn-errortype"] in ("SerializationException", "InvalidInputException")


def test_a_time_long_past_teaches_little(server, small):
    """The founding post's click is stamped 1970 and barely moves its list; the same click stamped now moves it far."""
    old, new = lists(small, "u4"), lists(small, "u5")
    assert put(server, small, event(itemId="i30", sentAt=1_698_711.11), userId="u4").status == 200
    assert put(server, small, event(itemId="i30", sentAt=time.time()), userId="u5").status == 200
    until(lambda: lists(small, "u5") != new, 1)
    moved = [sum(a != b for a, b in zip(before, lists(small, user))) for before, user in ((old, "u4"), (new, "u5"))]
    assert moved[0] < moved[1]


def test_an_event_sent_again(server, small):
    """Retries of clients and of Lambda: an id counts once, and so do equal events without one."""
    for user, times in (("u6", 1), ("u6-again", 3)):
        for _ in range(times):
            assert put(server, small, event(itemId="i30", eventId=f"id-{user}"), event(itemId="i31"), userId=user, sessionId=user).status == 200
    stranger = small.ask(user="u6-again", numResults=50)
    once = World(server, "reports")
    once.campaigns = small.campaigns
    assert put(server, small, event(itemId="i30"), event(itemId="i31"), userId="u6-once", sessionId="x").status == 200
    until(lambda: once.ask(user="u6-once", numResults=50) == stranger, 1)


def test_a_visitor_without_a_name(server, small):
    """Shops send their visitors' sessions as users, and expect lists that follow what the session did."""
    nobody = lists(small, "a stranger")
    document = {"trackingId": small.tracker, "sessionId": "visit-1", "eventList": [event(itemId="i30", sentAt=time.time())]}
    assert server.signed("POST", "/events", json.dumps(document).encode(), {"content-type": "application/json"}, service="personalize").status == 200
    until(lambda: lists(small, "visit-1") != nobody, 1)
    assert lists(small, "another stranger") == nobody


def test_a_recommendation_id_can_be_sent_back(server, small):
    """It has 40 characters, which is as many as PutEvents takes."""
    runtime = server.client("personalize-runtime")
    answer = runtime.get_recommendations(campaignArn=small.campaigns["user"], userId="u1")
    assert len(answer["recommendationId"]) == 40
    assert put(server, small, event(recommendationId=answer["recommendationId"])).status == 200
    assert put(server, small, event(recommendationId="RID-never-given-out")).status == 200
    assert put(server, small, event(recommendationId=answer["recommendationId"] + "x")).status == 400


def test_a_campaign_of_a_solution_without_its_version(small):
    """aws-sdk-js-v3 4982: the bare ARN of a solution names no solution version."""
    status, code, _ = refusal(small.personalize.create_campaign, name="bare", solutionVersionArn=small.solutions["user"], minProvisionedTPS=1)
    assert (status, code) == (400, "ResourceNotFoundException")


def test_the_same_name_again(small):
    """retail-demo-store 219."""
    for create, asked, made in [
        (small.personalize.create_dataset_group, {"name": "reports-group"}, "dataset-group/reports-group"),
        (small.personalize.create_schema, {"name": "reports-interactions", "schema": INTERACTIONS}, "schema/reports-interactions"),
    ]:
        assert refusal(create, **asked) == (400, "ResourceAlreadyExistsException", f"Another resource with Arn {arn(made)} already exists.")


def test_a_recommender_outside_a_domain(small):
    """aws-samples 136."""
    refused = refusal(small.personalize.create_recommender, name="r", datasetGroupArn=small.group_arn,
                      recipeArn="arn:aws:personalize:::recipe/aws-ecomm-recommended-for-you")
    assert refused == (400, "InvalidInputException", "Please use a domains-specific Dataset Group to create the Recommender")


def test_words_for_what_is_not_there(small):
    """moto's own tests, and scripts that ask before they create."""
    missing = arn("schema/none")
    assert refusal(small.personalize.describe_schema, schemaArn=missing) == (
        400, "ResourceNotFoundException", f"Resource Arn {missing} does not exist.")
    missing = arn("dataset-group/none")
    assert refusal(small.personalize.delete_dataset_group, datasetGroupArn=missing) == (
        400, "ResourceNotFoundException", f"The given dataset group does not exist: {missing}")


def test_campaigns_of_one_solution(small):
    """The AWS solution makes a second campaign when this filter is not obeyed."""
    listed = small.personalize.list_campaigns(solutionArn=small.solutions["user"])["campaigns"]
    assert [campaign["campaignArn"] for campaign in listed] == [small.campaigns["user"]]
    assert small.personalize.list_campaigns(solutionArn=arn("solution/other"))["campaigns"] == []


def test_the_filters_of_a_list_have_a_capital_letter(server, small):
    answer = server.call("personalize", "ListFilters", {"datasetGroupArn": small.group_arn})
    assert "Filters" in answer.json


def test_a_place_without_data(small):
    """AWS's words for a location that is none, and for one that holds nothing."""
    refused = refusal(small.personalize.create_dataset_import_job, jobName="bad", datasetArn=small.datasets["Interactions"],
                      dataSource={"dataLocation": "https://example.com/x.csv"}, roleArn=ROLE)
    assert refused == (400, "InvalidInputException", "Invalid Data location.")
    batch = {"jobName": "bad", "solutionVersionArn": small.versions["user"], "roleArn": ROLE}
    here, there = {"path": "s3://b/in.json"}, {"path": "s3://b/out/"}
    for given, taken, said in [({"path": "https://b/in"}, there, "Invalid S3 input path"), (here, {"path": "s3://b/out"}, "Invalid S3 output path"),
                               (there, there, "Invalid S3 output path")]:
        assert refusal(small.personalize.create_batch_inference_job, jobInput={"s3DataSource": given}, jobOutput={"s3DataDestination": taken}, **batch) == (
            400, "InvalidInputException", said)
    job = small.personalize.create_dataset_import_job(
        jobName="reports-nothing", datasetArn=small.datasets["Interactions"], dataSource={"dataLocation": "s3://no-such-bucket-here/x.csv"}, roleArn=ROLE)
    failed = small.wait("dataset_import_job", datasetImportJobArn=job["datasetImportJobArn"])
    assert failed["status"] == "CREATE FAILED" and "Insufficient privileges for accessing data in Amazon S3." in failed["failureReason"]


def test_seen_items_stay(world):
    """AWS's notebook and the founding post: what a user has seen may be recommended again."""
    seen = {item for _, item, _ in histories()["252"]}
    assert seen & {item for item, _ in world.ask(user="252")}


def test_one_click_is_enough_and_clicks_add_up(world):
    """AWS's notebook: about 19 of 25 titles change after one click on an unrelated film, and the clicked one may come back."""
    before = {item for item, _ in world.ask(user="253")}
    far = [item for item, _ in world.ask(user="253", numResults=500)][-1]
    world.click("253", far, time.time())
    after = until(lambda: (now := {item for item, _ in world.ask(user="253")}) != before and now, 1)
    assert 5 <= len(before - after) <= 25
    world.click("253", "185", time.time() + 1)
    until(lambda: {item for item, _ in world.ask(user="253")} not in (before, after), 1)


def test_attributes_that_teach_nothing(server, name):
    """retail-demo-store 393: an item attribute whose values are all the same, or all distinct."""
    world = World(server, name).small()
    world.dataset("Items", schema("Items", ("ITEM_ID", "string"), ("COLOUR", "string", {"categorical": True})))
    world.imported("ITEM_ID,COLOUR\n" + "\n".join(f"i{number},same" for number in range(60)) + "\n", kind="Items", job="items")
    solution = world.personalize.create_solution(name=name, datasetGroupArn=world.group_arn,
                                                 recipeArn="arn:aws:personalize:::recipe/aws-item-attribute-affinity")["solutionArn"]
    version = world.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    failed = world.wait("solution_version", solutionVersionArn=version)
    assert failed["status"] == "CREATE FAILED" and "Did not find any attribute to train on." in failed["failureReason"]


def test_a_second_one_in_a_group(server, name):
    """A dataset group has one event tracker, one dataset of a type and one metric attribution, whatever their names."""
    world = World(server, name).small()
    world.track()
    personalize = world.personalize
    assert refusal(personalize.create_event_tracker, name=f"{name}-other", datasetGroupArn=world.group_arn)[:2] == (400, "ResourceAlreadyExistsException")
    assert refusal(personalize.create_dataset, name=f"{name}-other", datasetGroupArn=world.group_arn, datasetType="interactions",
                   schemaArn=arn(f"schema/{name}-interactions"))[:2] == (400, "ResourceAlreadyExistsException")
    metrics = {"metrics": [{"eventType": "click", "metricName": "m", "expression": "SAMPLECOUNT()"}], "metricsOutputConfig": {"roleArn": ROLE}}
    personalize.create_metric_attribution(name=name, datasetGroupArn=world.group_arn, **metrics)
    assert refusal(personalize.create_metric_attribution, name=f"{name}-other", datasetGroupArn=world.group_arn, **metrics)[:2] == (
        400, "ResourceAlreadyExistsException")


def test_limits_that_clients_wait_for(start, name):
    """The AWS solution takes LimitExceededException for a sign to try again later; these are the service's own sentences."""
    server = start("--quotas", "aws", "--job-delay", 3600)
    server.clock(rate=1e6)
    world = World(server, name).small().train("popular")
    server.clock(rate=0)
    personalize = world.personalize
    for number in range(4):
        personalize.create_campaign(name=f"{name}-{number}", solutionVersionArn=world.versions["popular"], minProvisionedTPS=1)
    assert refusal(personalize.create_campaign, name=f"{name}-5", solutionVersionArn=world.versions["popular"], minProvisionedTPS=1) == (
        400, "LimitExceededException", "Cannot create a campaign. More than 5 resources in ACTIVE state. Please delete some and try again.")
    job = {"datasetArn": world.datasets["Interactions"], "dataSource": {"dataLocation": f"s3://{world.bucket}/job.csv"}, "roleArn": ROLE}
    for number in range(5):
        personalize.create_dataset_import_job(jobName=f"{name}-{number}", **job)
    assert refusal(personalize.create_dataset_import_job, jobName=f"{name}-5", **job) == (
        400, "LimitExceededException", "More than 5 resources with PENDING or IN_PROGRESS status.")
    server.clock(rate=1e6)
    for listed in personalize.list_dataset_import_jobs()["datasetImportJobs"]:
        world.active("dataset_import_job", datasetImportJobArn=listed["datasetImportJobArn"])
    personalize.create_dataset_import_job(jobName=f"{name}-5", **job)


def test_a_session_whose_user_is_known_later(server, name):
    """What a visitor did before the sign-in is the user's once everything is trained again."""
    world = World(server, name).small().train("user")
    events = server.client("personalize-events")
    for number in range(5):
        entry = {"eventType": "click", "itemId": f"i{40 + number}", "sentAt": 1_700_000_000 + number}
        events.put_events(trackingId=world.tracker, sessionId="visit", eventList=[entry])
    world.click("newcomer", "i10", 1_700_000_100, session="visit")
    world.click("other", "i10", 1_700_000_100)
    until(lambda: world.ask(user="newcomer") != world.ask(user="a stranger"), 1)
    assert world.ask(user="newcomer") == world.ask(user="other")
    world.active("solution_version", solutionVersionArn=world.version("user", name="v2"))
    world.campaign("user", "-again")
    assert world.ask(user="newcomer") != world.ask(user="other")


def test_more_tags_than_fifty(small):
    tags = [{"tagKey": f"k{number}", "tagValue": "v"} for number in range(51)]
    assert refusal(small.personalize.tag_resource, resourceArn=small.group_arn, tags=tags)[:2] == (400, "TooManyTagsException")


def test_event_types_that_are_null(server, name):
    """aws-samples 142."""
    world = World(server, name).group()
    world.dataset("Interactions", schema("Interactions", ("USER_ID", "string"), ("ITEM_ID", "string"), ("TIMESTAMP", "long"),
                                         ("EVENT_TYPE", ["null", "string"])))
    world.imported(rows().replace(",click", ","))
    world.solution("user", eventType="click")
    world.version("user")
    failed = world.wait("solution_version", solutionVersionArn=world.versions["user"])
    assert failed["status"] == "CREATE FAILED" and "All values in the event_type column are either reserved keywords or null" in failed["failureReason"]
