"""Import jobs: good files, bad files, folders, modes."""

import json

import pytest

from harness import FILMNIGHT, ROLE
from test_s3 import refusal
from test_personalize_groups import arn, recent
from world import ITEMS, World, rows

NONCONFORMING = ("Input csv has rows that do not conform to the dataset schema. Please ensure all required data fields are present and that they are "
                 "of the type specified in the schema.")


@pytest.fixture
def empty(server, name):
    """A world with an empty interactions dataset."""
    world = World(server, name).group()
    world.dataset()
    return world


def test_a_job_echoes_what_it_was_given(empty, personalize):
    job = empty.import_data(rows(), job="first", importMode="FULL")
    assert job["status"] == "ACTIVE", job
    assert job["datasetImportJobArn"] == arn(f"dataset-import-job/{empty.prefix}-first")
    assert (job["jobName"], job["datasetArn"], job["roleArn"]) == (f"{empty.prefix}-first", empty.datasets["Interactions"], ROLE)
    assert (job["dataSource"], job["importMode"]) == ({"dataLocation": f"s3://{empty.bucket}/first.csv"}, "FULL")
    assert recent(job["creationDateTime"], job["lastUpdatedDateTime"]) and "failureReason" not in job
    listed, = personalize.list_dataset_import_jobs(datasetArn=empty.datasets["Interactions"])["datasetImportJobs"]
    assert (listed["datasetImportJobArn"], listed["jobName"], listed["status"]) == (job["datasetImportJobArn"], job["jobName"], "ACTIVE")
    assert refusal(personalize.create_dataset_import_job, jobName=job["jobName"], datasetArn=job["datasetArn"], dataSource=job["dataSource"],
                   roleArn=ROLE) == (400, "ResourceAlreadyExistsException", f"Another resource with Arn {job['datasetImportJobArn']} already exists.")
    missing = arn("dataset-import-job/none")
    assert refusal(personalize.describe_dataset_import_job, datasetImportJobArn=missing)[:2] == (400, "ResourceNotFoundException")


@pytest.mark.parametrize("form, body", [
    ("columns in another order", "\n".join(",".join(line.split(",")[::-1]) for line in rows().splitlines())),
    ("windows line ends", rows().replace("\n", "\r\n")),
    ("byte order mark", "\ufeff" + rows()),
    ("more columns", "\n".join(line + (",NOTE" if number == 0 else ",x") for number, line in enumerate(rows().splitlines()))),
    ("quoted values", "\n".join(line if number == 0 else '"' + line.replace(",", '","') + '"' for number, line in enumerate(rows().splitlines()))),
    ("no last line end", rows().rstrip("\n")),
])
def test_files_that_are_right(empty, form, body):
    empty.imported(body)


@pytest.mark.parametrize("body, reason", [
    (rows().replace("USER_ID,ITEM_ID", "USER,ITEM_ID", 1), "Input CSV is missing the following columns:[USER_ID]."),
    (rows().replace("USER_ID,ITEM_ID,TIMESTAMP", "USER_ID,ITEM,TIME", 1), "Input CSV is missing the following columns:[ITEM_ID, TIMESTAMP]."),
    (rows() + "u1,i1,yesterday,click\n" * 100, NONCONFORMING),
    (rows() + "u1,i1,,click\n" * 100, NONCONFORMING),
    (rows() + "u1,i1\n" * 100, NONCONFORMING),
    (rows() + ",i1,1600000000,click\n" * 100, NONCONFORMING),
    (rows() + f"u1,i1,1600000000,{'x' * 1001}\n", "Length cannot be more than 1000 characters for EVENT_TYPE."),
    ("", "Input CSV is missing the following columns:[USER_ID, ITEM_ID, TIMESTAMP, EVENT_TYPE]."),
])
def test_files_that_are_wrong(empty, server, body, reason):
    job = empty.import_data(body)
    assert job["status"] == "CREATE FAILED" and reason in job["failureReason"]


def test_a_failed_import_leaves_what_was_there(empty):
    empty.imported(rows(users=50))
    assert empty.import_data(rows() + "u1,i1,never,click\n" * 100, job="second")["status"] == "CREATE FAILED"
    empty.train("popular")
    assert empty.ask("popular", numResults=500)


@pytest.mark.parametrize("line", ["u1,i1,yesterday,click", "u1,i1,,click", "u1,i1", ",i1,1600000000,click"])
def test_one_odd_row_is_left_out_and_told_of(empty, server, line):
    body = rows() + line + "\n"
    empty.imported(body)
    number = len(body.splitlines())
    target = {"x-amz-target": "AmazonPersonalize.DescribeDatasetImportJob", "content-type": "application/x-amz-json-1.1"}
    job = {"datasetImportJobArn": arn(f"dataset-import-job/{empty.prefix}-job")}
    answer = server.signed("POST", "/", json.dumps(job).encode(), target, service="personalize")
    assert answer.headers["x-personalite-hint"] == (
        f"1 of {number - 1} rows do not conform to the schema, lines {number}: 1 left out, 0 kept with null")


def test_the_log_names_the_first_bad_lines(start):
    server = start()
    world = World(server, "log").group()
    world.dataset()
    lines = rows().splitlines()
    for number in (7, 12):
        lines[number - 1] = lines[number - 1].replace(lines[number - 1].split(",")[2], "never")
    assert world.import_data("\n".join(lines))["status"] == "ACTIVE"
    assert server.process.poll() is None
    log = server.tail()
    assert "7" in log and "12" in log and "TIMESTAMP" in log


def test_fewer_than_a_thousand_rows(empty):
    job = empty.import_data(rows(users=33))
    assert job["status"] == "CREATE FAILED" and "1000" in job["failureReason"]


@pytest.mark.parametrize("location, reason", [("s3://never-made-bucket/x.csv", "S3"), ("s3://{bucket}/none.csv", "S3"), ("s3://{bucket}/none/", "")])
def test_data_that_is_not_there(empty, personalize, location, reason):
    empty.put("other.csv", rows())
    made = personalize.create_dataset_import_job(
        jobName=f"{empty.prefix}-missing", datasetArn=empty.datasets["Interactions"], roleArn=ROLE,
        dataSource={"dataLocation": location.format(bucket=empty.bucket)})["datasetImportJobArn"]
    job = empty.wait("dataset_import_job", datasetImportJobArn=made)
    assert job["status"] == "CREATE FAILED" and reason in job["failureReason"]


def test_a_folder_is_read_whole(empty, personalize):
    text = rows().splitlines()
    empty.put("folder/part-1.csv", "\n".join(text[:600]))
    empty.put("folder/part-2.csv", "\n".join([text[0], *text[600:]]))
    made = personalize.create_dataset_import_job(
        jobName=f"{empty.prefix}-folder", datasetArn=empty.datasets["Interactions"], roleArn=ROLE,
        dataSource={"dataLocation": f"s3://{empty.bucket}/folder/"})["datasetImportJobArn"]
    empty.active("dataset_import_job", datasetImportJobArn=made)


def test_full_replaces_and_incremental_adds(empty, personalize):
    refused = refusal(personalize.create_dataset_import_job, jobName=f"{empty.prefix}-early", datasetArn=empty.datasets["Interactions"],
                      dataSource={"dataLocation": f"s3://{empty.bucket}/x.csv"}, roleArn=ROLE, importMode="INCREMENTAL")
    assert refused[:2] == (400, "InvalidInputException")
    empty.imported(rows(items=20))
    empty.imported(rows().replace(",i", ",new"), job="more", importMode="INCREMENTAL")
    empty.train("popular")
    both = {item for item, _ in empty.ask("popular", numResults=500)}
    assert {"i1", "new1"} <= both
    empty.imported(rows().replace(",i", ",only"), job="full", importMode="FULL")
    empty.version("popular", name="v2")
    empty.active("solution_version", solutionVersionArn=empty.versions["popular"])
    empty.campaign("popular", suffix="-2")
    assert {item[:4] for item, _ in empty.ask("popular", numResults=500)} == {"only"}


def test_items_may_have_no_genre_and_no_year_but_must_have_an_id(empty):
    """The founding post's own item file has rows without a YEAR, a string that its schema does not let be null."""
    empty.dataset("Items", ITEMS)
    empty.imported("ITEM_ID,GENRE,YEAR\n1,,1999\n2,Drama|War,\n", kind="Items", job="items")
    assert empty.import_data("ITEM_ID,GENRE,YEAR\n,Drama,1999\n", kind="Items", job="bad")["status"] == "CREATE FAILED"


def test_the_sample_data(empty):
    empty.imported((FILMNIGHT / "interactions.csv").read_bytes())


@pytest.mark.parametrize("more", [
    {"dataSource": {"dataLocation": "ftp://x/y.csv"}}, {"dataSource": {}}, {"roleArn": "role"}, {"importMode": "HALF"}, {"jobName": "no name"},
])
def test_jobs_that_are_refused(empty, server, more):
    document = {"jobName": f"{empty.prefix}-r", "datasetArn": empty.datasets["Interactions"], "roleArn": ROLE,
                "dataSource": {"dataLocation": "s3://b/k.csv"}, **more}
    answer = server.call("personalize", "CreateDatasetImportJob", document)
    assert (answer.status, answer.json["__type"]) == (400, "InvalidInputException"), answer


def test_a_job_needs_its_dataset(personalize):
    missing = {"jobName": "j", "datasetArn": arn("dataset/none/INTERACTIONS"), "dataSource": {"dataLocation": "s3://b/k.csv"}, "roleArn": ROLE}
    assert refusal(personalize.create_dataset_import_job, **missing)[:2] == (400, "ResourceNotFoundException")
