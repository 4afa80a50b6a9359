"""Dataset groups, schemas and datasets."""

import datetime
import json

import pytest

from harness import ACCOUNT, REGION
from test_s3 import refusal
from world import INTERACTIONS, ITEMS, World, gone, schema

USERS = schema("Users", ("USER_ID", "string"), ("AGE", "int"))


def arn(suffix):
    return f"arn:aws:personalize:{REGION}:{ACCOUNT}:{suffix}"


def recent(*times):
    now = datetime.datetime.now(datetime.timezone.utc)
    return all(abs((now - time).total_seconds()) < 60 for time in times)


@pytest.fixture
def fresh(server, name):
    """A world with an ACTIVE, empty group."""
    return World(server, name).group()


def test_a_group_lives_and_dies(personalize, name):
    made = personalize.create_dataset_group(name=name)
    assert made["datasetGroupArn"] == arn(f"dataset-group/{name}") and "domain" not in made
    group = personalize.describe_dataset_group(datasetGroupArn=made["datasetGroupArn"])["datasetGroup"]
    assert (group["name"], group["datasetGroupArn"], group["status"]) == (name, made["datasetGroupArn"], "ACTIVE")
    assert recent(group["creationDateTime"], group["lastUpdatedDateTime"])
    assert group.keys() == {"name", "datasetGroupArn", "status", "creationDateTime", "lastUpdatedDateTime"}
    personalize.delete_dataset_group(datasetGroupArn=made["datasetGroupArn"])
    assert gone(personalize.describe_dataset_group, datasetGroupArn=made["datasetGroupArn"])
    assert refusal(personalize.delete_dataset_group, datasetGroupArn=made["datasetGroupArn"]) == (
        400, "ResourceNotFoundException", f"The given dataset group does not exist: {made['datasetGroupArn']}")


def test_a_domain_group_says_its_domain(personalize, name):
    made = personalize.create_dataset_group(name=name, domain="VIDEO_ON_DEMAND")
    assert made["domain"] == "VIDEO_ON_DEMAND"
    assert personalize.describe_dataset_group(datasetGroupArn=made["datasetGroupArn"])["datasetGroup"]["domain"] == "VIDEO_ON_DEMAND"


def test_a_group_name_is_taken_once(personalize, name):
    made = personalize.create_dataset_group(name=name)["datasetGroupArn"]
    assert refusal(personalize.create_dataset_group, name=name) == (
        400, "ResourceAlreadyExistsException", f"Another resource with Arn {made} already exists.")


@pytest.mark.parametrize("operation, document", [
    ("CreateDatasetGroup", {"name": "-starts-wrong"}), ("CreateDatasetGroup", {"name": "has space"}), ("CreateDatasetGroup", {"name": "x" * 64}),
    ("CreateDatasetGroup", {"name": ""}), ("CreateDatasetGroup", {}), ("CreateDatasetGroup", {"name": "n", "domain": "GROCERIES"}),
    ("CreateDatasetGroup", {"name": "n", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/r"}), ("DescribeDatasetGroup", {"datasetGroupArn": "no arn"}),
    ("CreateSchema", {"name": "n", "schema": "x" * 20_001}), ("ListDatasetGroups", {"maxResults": 101}), ("ListSchemas", {"maxResults": 0}),
])
def test_constraints(server, operation, document):
    answer = server.call("personalize", operation, document)
    assert (answer.status, answer.json["__type"]) == (400, "InvalidInputException"), answer
    assert answer.json["message"]


def test_groups_are_listed_in_pages(server, name):
    personalize = server.client("personalize", region="ap-south-1")
    names = [f"{name}-{number}" for number in range(5)]
    for each in names:
        personalize.create_dataset_group(name=each)
    assert [group["name"] for group in personalize.list_dataset_groups()["datasetGroups"]] == names
    pages = list(personalize.get_paginator("list_dataset_groups").paginate(PaginationConfig={"PageSize": 2}))
    assert [[group["name"] for group in page["datasetGroups"]] for page in pages] == [names[:2], names[2:4], names[4:]]
    assert all(group["status"] == "ACTIVE" and group["datasetGroupArn"].endswith(group["name"]) for group in pages[0]["datasetGroups"])
    assert refusal(personalize.list_dataset_groups, nextToken="no token")[:2] == (400, "InvalidNextTokenException")


def test_a_schema_is_kept_letter_by_letter(personalize, name):
    text = json.dumps(json.loads(INTERACTIONS), indent=3) + "\n "
    made = personalize.create_schema(name=name, schema=text)["schemaArn"]
    assert made == arn(f"schema/{name}")
    found = personalize.describe_schema(schemaArn=made)["schema"]
    assert (found["name"], found["schemaArn"], found["schema"]) == (name, made, text)
    assert recent(found["creationDateTime"], found["lastUpdatedDateTime"])
    assert name in [item["name"] for page in personalize.get_paginator("list_schemas").paginate() for item in page["schemas"]]
    assert refusal(personalize.create_schema, name=name, schema=text)[:2] == (400, "ResourceAlreadyExistsException")
    personalize.delete_schema(schemaArn=made)
    assert refusal(personalize.describe_schema, schemaArn=made) == (400, "ResourceNotFoundException", f"Resource Arn {made} does not exist.")


def fields(*members):
    return json.dumps({"type": "record", "name": "Items", "namespace": "com.amazonaws.personalize.schema", "version": "1.0", "fields": list(members)})


@pytest.mark.parametrize("text", [
    "{", "[]", '"text"', json.dumps({"type": "record", "name": "Items"}), fields(), fields({"name": "ITEM_ID"}),
    fields({"name": "ITEM_ID", "type": "string"}, {"name": "A B", "type": "string"}),
    fields({"name": "ITEM_ID", "type": "string"}, {"name": "A", "type": "map"}),
    fields({"name": "ITEM_ID", "type": "string"}, {"name": "A", "type": {"type": "array", "items": "string"}}),
    fields({"name": "ITEM_ID", "type": "string"}, {"name": "A_B", "type": "string"}, {"name": "AB", "type": "string"}),
    fields({"name": "ITEM_ID", "type": "string"}, {"name": "A", "type": "int", "categorical": True}),
])
def test_what_is_no_schema(personalize, name, text):
    assert refusal(personalize.create_schema, name=name, schema=text)[:2] == (400, "InvalidInputException")


@pytest.mark.parametrize("field", [
    {"name": "A", "type": ["null", "string"]}, {"name": "A", "type": ["string", "null"], "categorical": True}, {"name": "A", "type": ["float"]},
    {"name": "A", "type": "boolean"}, {"name": "A", "type": "double"}, {"name": "DESCRIPTION", "type": ["null", "string"], "textual": True},
    {"name": "CREATION_TIMESTAMP", "type": "long"}, {"name": "YEAR", "type": "string"},
])
def test_fields_that_a_schema_may_have(fresh, field):
    fresh.dataset("Items", fields({"name": "ITEM_ID", "type": "string"}, {"name": "GENRE", "type": "string", "categorical": True}, field))


@pytest.mark.parametrize("kind, given", [("Interactions", INTERACTIONS), ("INTERACTIONS", INTERACTIONS), ("items", ITEMS), ("Users", USERS)])
def test_a_dataset_lives_and_dies(fresh, personalize, kind, given):
    made = fresh.dataset(kind, given)
    assert made == arn(f"dataset/{fresh.prefix}-group/{kind.upper()}")
    found = personalize.describe_dataset(datasetArn=made)["dataset"]
    assert (found["name"], found["datasetType"], found["datasetGroupArn"]) == (f"{fresh.prefix}-{kind.lower()}", kind.upper(), fresh.group_arn)
    assert found["schemaArn"] == arn(f"schema/{fresh.prefix}-{kind.lower()}")
    assert recent(found["creationDateTime"], found["lastUpdatedDateTime"])
    listed, = personalize.list_datasets(datasetGroupArn=fresh.group_arn)["datasets"]
    assert (listed["datasetArn"], listed["datasetType"], listed["status"]) == (made, kind.upper(), "ACTIVE")
    assert refusal(personalize.delete_schema, schemaArn=found["schemaArn"])[:2] == (400, "ResourceInUseException")
    assert refusal(personalize.delete_dataset_group, datasetGroupArn=fresh.group_arn)[:2] == (400, "ResourceInUseException")
    personalize.delete_dataset(datasetArn=made)
    assert gone(personalize.describe_dataset, datasetArn=made)
    assert personalize.list_datasets(datasetGroupArn=fresh.group_arn)["datasets"] == []
    personalize.delete_schema(schemaArn=found["schemaArn"])
    personalize.delete_dataset_group(datasetGroupArn=fresh.group_arn)


@pytest.mark.parametrize("kind, text", [
    ("Items", INTERACTIONS), ("Interactions", ITEMS), ("Things", INTERACTIONS),
    ("Interactions", schema("Interactions", ("USER_ID", "string"), ("ITEM_ID", "string"))),
    ("Interactions", schema("Interactions", ("USER_ID", "string"), ("ITEM_ID", "string"), ("TIMESTAMP", "string"))),
    ("Interactions", schema("Interactions", ("USER_ID", ["null", "string"]), ("ITEM_ID", "string"), ("TIMESTAMP", "long"))),
    ("Items", schema("Items", ("ITEM_ID", "string"))),
    ("Users", schema("Users", ("AGE", "int"), ("SIZE", "int"))),
    ("Actions", schema("Actions", ("ACTION_ID", "string"), ("VALUE", "string"))),
    ("Actions", schema("Actions", ("ACTION_ID", "string"), ("REPEAT_FREQUENCY", ["null", "float"]))),
])
def test_a_schema_must_fit_its_dataset(fresh, personalize, kind, text):
    with pytest.raises(personalize.exceptions.InvalidInputException):
        fresh.dataset(kind, text)
    assert personalize.list_datasets(datasetGroupArn=fresh.group_arn)["datasets"] == []


@pytest.mark.parametrize("domain, field, fits", [
    ("ECOMMERCE", ("CATEGORY_L2", ["null", "string"], {"categorical": True}), True), ("ECOMMERCE", ("CATEGORY_L2", ["null", "string"]), False),
    ("ECOMMERCE", ("PRODUCT_DESCRIPTION", ["null", "string"], {"textual": True}), True), ("ECOMMERCE", ("PRODUCT_DESCRIPTION", "string"), False),
    ("ECOMMERCE", ("DURATION", "string"), True), ("VIDEO_ON_DEMAND", ("DURATION", "string"), False), ("VIDEO_ON_DEMAND", ("DURATION", ["float", "null"]), True),
])
def test_a_field_that_a_domain_reserves_is_as_it_says(personalize, name, domain, field, fits):
    group = personalize.create_dataset_group(name=name, domain=domain)["datasetGroupArn"]
    required = {"ECOMMERCE": [("PRICE", "float"), ("CATEGORY_L1", "string", {"categorical": True})],
                "VIDEO_ON_DEMAND": [("CREATION_TIMESTAMP", "long"), ("GENRES", "string", {"categorical": True})]}[domain]
    text = schema("Items", ("ITEM_ID", "string"), *required, field)
    made = personalize.create_schema(name=name, schema=text, domain=domain)["schemaArn"]
    asked = {"name": name, "schemaArn": made, "datasetGroupArn": group, "datasetType": "Items"}
    if fits:
        personalize.create_dataset(**asked)
    else:
        assert refusal(personalize.create_dataset, **asked)[:2] == (400, "InvalidInputException")


def test_one_dataset_of_a_kind(fresh, personalize):
    made = fresh.dataset()
    again = {"schemaArn": arn(f"schema/{fresh.prefix}-interactions"), "datasetGroupArn": fresh.group_arn, "datasetType": "Interactions"}
    assert refusal(personalize.create_dataset, name="other", **again) == (
        400, "ResourceAlreadyExistsException", f"Another resource with Arn {made} already exists.")


def test_parents_must_be_there(personalize, name):
    schema_arn = personalize.create_schema(name=name, schema=INTERACTIONS)["schemaArn"]
    group = {"name": name, "datasetType": "Interactions", "datasetGroupArn": arn("dataset-group/none"), "schemaArn": schema_arn}
    assert refusal(personalize.create_dataset, **group)[:2] == (400, "ResourceNotFoundException")
    real = personalize.create_dataset_group(name=name)["datasetGroupArn"]
    assert refusal(personalize.create_dataset, **{**group, "datasetGroupArn": real, "schemaArn": arn("schema/none")})[:2] == (
        400, "ResourceNotFoundException")
    assert personalize.list_datasets(datasetGroupArn=arn("dataset-group/none"))["datasets"] == []


def test_a_slow_group_is_pending_first(start):
    personalize = start("--job-delay", 3600).client("personalize")
    made = personalize.create_dataset_group(name="slow")["datasetGroupArn"]
    group = personalize.describe_dataset_group(datasetGroupArn=made)["datasetGroup"]
    assert group["status"] in ("CREATE PENDING", "CREATE IN_PROGRESS")
    schema_arn = personalize.create_schema(name="at-once", schema=INTERACTIONS)["schemaArn"]
    early = {"name": "n", "datasetType": "Interactions", "datasetGroupArn": made, "schemaArn": schema_arn}
    assert refusal(personalize.create_dataset, **early)[:2] == (400, "ResourceInUseException")


def test_other_accounts_arns_are_not_found_here(personalize):
    other = arn("dataset-group/x").replace(ACCOUNT, "111122223333")
    status, code, _ = refusal(personalize.describe_dataset_group, datasetGroupArn=other)
    assert (status, code in ("InvalidInputException", "ResourceNotFoundException")) == (400, True)
