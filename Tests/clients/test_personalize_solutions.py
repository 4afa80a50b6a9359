"""Solutions, versions, metrics, recipes."""

import pytest

from harness import ROLE, until
from test_personalize_groups import arn, recent
from test_s3 import refusal
from world import RECIPES, World, gone, rows

METRICS = {"coverage", "mean_reciprocal_rank_at_25"} | {
    f"{name}_at_{k}" for name in ("normalized_discounted_cumulative_gain", "precision") for k in (5, 10, 25)}


@pytest.fixture(scope="module")
def small(server):
    """A group with small interactions that tests add solutions to."""
    return World(server, "solutions").small()


def test_a_solution_lives_and_dies(small, personalize, name):
    made = personalize.create_solution(name=name, datasetGroupArn=small.group_arn, recipeArn=RECIPES["user"])["solutionArn"]
    assert made == arn(f"solution/{name}")
    found = personalize.describe_solution(solutionArn=made)["solution"]
    assert (found["name"], found["solutionArn"], found["recipeArn"]) == (name, made, RECIPES["user"])
    assert (found["datasetGroupArn"], found["status"], found["performHPO"], found["performAutoML"]) == (small.group_arn, "ACTIVE", False, False)
    assert found["performAutoTraining"] is True
    assert recent(found["creationDateTime"], found["lastUpdatedDateTime"])
    assert not found.keys() & {"eventType", "solutionConfig", "autoMLResult", "latestSolutionVersion"}
    listed = {item["solutionArn"]: item for item in personalize.list_solutions(datasetGroupArn=small.group_arn)["solutions"]}
    assert (listed[made]["name"], listed[made]["recipeArn"], listed[made]["status"]) == (name, RECIPES["user"], "ACTIVE")
    assert refusal(personalize.create_solution, name=name, datasetGroupArn=small.group_arn, recipeArn=RECIPES["user"])[:2] == (
        400, "ResourceAlreadyExistsException")
    assert refusal(personalize.delete_dataset_group, datasetGroupArn=small.group_arn)[:2] == (400, "ResourceInUseException")
    personalize.delete_solution(solutionArn=made)
    assert gone(personalize.describe_solution, solutionArn=made)


def test_a_solution_echoes_its_configuration(small, personalize, name):
    given = {"eventType": "click", "performAutoTraining": False, "solutionConfig": {
        "eventValueThreshold": "0.5", "algorithmHyperParameters": {"hidden_dimension": "55", "bptt": "20", "recency_mask": "false"},
        "featureTransformationParameters": {"max_user_history_length_percentile": "0.9"}}}
    made = personalize.create_solution(name=name, datasetGroupArn=small.group_arn, recipeArn=RECIPES["user"], **given)["solutionArn"]
    found = personalize.describe_solution(solutionArn=made)["solution"]
    assert {key: found[key] for key in given} == given


@pytest.mark.parametrize("more", [
    {"recipeArn": "arn:aws:personalize:::recipe/aws-none"}, {"recipeArn": None}, {"recipeArn": "recipe"}, {"name": "bad name"},
    {"solutionConfig": {"algorithmHyperParameters": {"bptt": "many"}}}, {"solutionConfig": {"algorithmHyperParameters": {"bptt": "33"}}},
    {"solutionConfig": {"algorithmHyperParameters": {"unheard_of": "1"}}}, {"recipeArn": "arn:aws:personalize:::recipe/aws-vod-top-picks"},
])
def test_solutions_that_are_refused(small, server, name, more):
    document = {"name": name, "datasetGroupArn": small.group_arn, "recipeArn": RECIPES["user"], **more}
    answer = server.call("personalize", "CreateSolution", document)
    assert answer.status == 400 and answer.json["__type"] in ("InvalidInputException", "ResourceNotFoundException"), answer


def test_a_solution_needs_its_group(personalize):
    missing = {"name": "n", "datasetGroupArn": arn("dataset-group/none"), "recipeArn": RECIPES["user"]}
    assert refusal(personalize.create_solution, **missing)[:2] == (400, "ResourceNotFoundException")


def test_versions(small, personalize, name):
    small.solution("user", suffix=name)
    named = small.version("user", name="v1")
    assert named == arn(f"solution/{small.prefix}-user{name}/v1")
    found = small.active("solution_version", solutionVersionArn=named)
    assert (found["name"], found["solutionArn"], found["recipeArn"]) == ("v1", small.solutions["user"], RECIPES["user"])
    assert (found["datasetGroupArn"], found["trainingMode"], found["trainingType"]) == (small.group_arn, "FULL", "MANUAL")
    assert found["trainingHours"] >= 0 and recent(found["creationDateTime"], found["lastUpdatedDateTime"])
    assert (found["performHPO"], found["performAutoML"]) == (False, False) and "failureReason" not in found
    unnamed = small.version("user")
    number = unnamed.removeprefix(small.solutions["user"] + "/")
    assert len(number) == 8 and set(number) <= set("0123456789abcdef")
    small.active("solution_version", solutionVersionArn=unnamed)
    listed = personalize.list_solution_versions(solutionArn=small.solutions["user"])["solutionVersions"]
    assert {item["solutionVersionArn"]: item["status"] for item in listed} == {named: "ACTIVE", unnamed: "ACTIVE"}
    latest = personalize.describe_solution(solutionArn=small.solutions["user"])["solution"]["latestSolutionVersion"]
    assert (latest["solutionVersionArn"], latest["status"], latest["trainingMode"]) == (unnamed, "ACTIVE", "FULL")
    assert refusal(personalize.create_solution_version, solutionArn=small.solutions["user"], name="v1") == (
        400, "ResourceAlreadyExistsException", f"Another resource with Arn {named} already exists.")
    pages = list(personalize.get_paginator("list_solution_versions").paginate(
        solutionArn=small.solutions["user"], PaginationConfig={"PageSize": 1}))
    assert [len(page["solutionVersions"]) for page in pages] == [1, 1]


def test_versions_of_nothing(personalize):
    none = arn("solution/none")
    assert refusal(personalize.create_solution_version, solutionArn=none)[:2] == (400, "ResourceNotFoundException")
    assert refusal(personalize.list_solution_versions, solutionArn=none)[:2] == (400, "ResourceNotFoundException")
    for call in (personalize.describe_solution_version, personalize.get_solution_metrics):
        assert refusal(call, solutionVersionArn=none + "/v1")[:2] == (400, "ResourceNotFoundException")


@pytest.mark.parametrize("kind", RECIPES)
def test_metrics(world, personalize, kind):
    answer = personalize.get_solution_metrics(solutionVersionArn=world.versions[kind])
    assert answer["solutionVersionArn"] == world.versions[kind]
    assert answer["metrics"].keys() == METRICS
    assert all(0 <= value <= 1 and round(value, 4) == value for value in answer["metrics"].values())
    assert answer["metrics"]["coverage"] > 0


def test_the_sequence_model_beats_popularity_on_the_sample_data(world, personalize):
    metrics = {kind: personalize.get_solution_metrics(solutionVersionArn=world.versions[kind])["metrics"] for kind in ("user", "popular")}
    for name in METRICS:
        assert metrics["user"][name] > metrics["popular"][name]


def train(server, prefix, body, **solution):
    """The description of a version trained on this data, ACTIVE or failed."""
    world = World(server, prefix).group()
    world.dataset()
    world.imported(body)
    world.solution("user", **solution)
    return world.wait("solution_version", solutionVersionArn=world.version("user"))


@pytest.mark.parametrize("body, solution, reason", [
    (rows(users=20, per_user=60, items=60), {}, "Create failed. Dataset has fewer than 25 users with at least 2 interactions each."),
    (rows(), {"eventType": "watch"}, "Dataset has fewer than 1000 interactions after filtering by event type: watch"),
])
def test_data_that_is_too_little(server, name, body, solution, reason):
    version = train(server, name, body, **solution)
    assert (version["status"], version["failureReason"]) == ("CREATE FAILED", reason)
    personalize = server.client("personalize")
    status, code, _ = refusal(personalize.get_solution_metrics, solutionVersionArn=version["solutionVersionArn"])
    assert (status, code in ("ResourceInUseException", "InvalidInputException", "ResourceNotFoundException")) == (400, True)


def test_the_event_type_decides_what_is_learned(server, name):
    lines = rows().splitlines()
    seen = [line.replace(",i", ",seen").replace("click", "watch") for line in lines[1:]]
    world = World(server, name).group()
    world.dataset()
    world.imported("\n".join(lines + seen))
    world.solution("user", eventType="WATCH")
    world.version("user")
    world.active("solution_version", solutionVersionArn=world.versions["user"])
    world.campaign("user", campaignConfig={"itemExplorationConfig": {"explorationWeight": "0", "explorationItemAgeCutOff": "30"}})
    assert {item[:4] for item, _ in world.ask(user="u1", numResults=20)} == {"seen"}


def test_a_version_in_use_keeps_its_solution(world, personalize):
    assert refusal(personalize.delete_solution, solutionArn=world.solutions["user"])[:2] == (400, "ResourceInUseException")


def test_hyperparameters_change_the_model(small, personalize, name):
    answers = []
    for number, given in enumerate([{"bptt": "2"}, {"bptt": "32"}]):
        small.solution("user", suffix=f"{name}-{number}", solutionConfig={"algorithmHyperParameters": given})
        small.version("user")
        small.active("solution_version", solutionVersionArn=small.versions["user"])
        small.campaign("user", suffix=f"{name}-{number}")
        answers.append(small.ask(user="u3"))
    assert answers[0] != answers[1]


def test_training_twice_gives_the_same(small, name):
    answers = []
    for number in range(2):
        small.solution("user", suffix=f"{name}-{number}")
        small.version("user")
        small.active("solution_version", solutionVersionArn=small.versions["user"])
        small.campaign("user", suffix=f"{name}-{number}")
        answers.append([small.ask(user=user) for user in ("u1", "u2", "nobody")])
    assert answers[0] == answers[1]


def test_recipes(personalize):
    found = [item for page in personalize.get_paginator("list_recipes").paginate(PaginationConfig={"PageSize": 3}) for item in page["recipes"]]
    names = [item["name"] for item in found]
    assert names == sorted(names) and len(names) == len(set(names))
    assert {"aws-user-personalization", "aws-sims", "aws-personalized-ranking", "aws-popularity-count"} <= set(names)
    assert all(item["recipeArn"].endswith(item["name"]) and item["status"] == "ACTIVE" for item in found)
    assert {item.get("domain") for item in personalize.list_recipes(domain="ECOMMERCE")["recipes"]} == {"ECOMMERCE"}
    one = personalize.describe_recipe(recipeArn=RECIPES["user"])["recipe"]
    assert (one["name"], one["recipeType"]) == ("aws-user-personalization", "USER_PERSONALIZATION")
    assert one["algorithmArn"] == "arn:aws:personalize:::algorithm/aws-user-personalization"
    assert one["featureTransformationArn"].startswith("arn:aws:personalize:::feature-transformation/") and one["description"]
    assert personalize.describe_recipe(recipeArn=RECIPES["sims"])["recipe"]["recipeType"] == "RELATED_ITEMS"
    assert refusal(personalize.describe_recipe, recipeArn="arn:aws:personalize:::recipe/aws-none")[:2] == (400, "ResourceNotFoundException")


def test_update_mode_needs_a_version_to_update(small, personalize, name):
    small.solution("user", suffix=name)
    assert refusal(personalize.create_solution_version, solutionArn=small.solutions["user"], trainingMode="UPDATE")[:2] == (
        400, "InvalidInputException")
    small.solution("sims", suffix=name)
    small.version("sims")
    small.active("solution_version", solutionVersionArn=small.versions["sims"])
    assert refusal(personalize.create_solution_version, solutionArn=small.solutions["sims"], trainingMode="UPDATE")[:2] == (
        400, "InvalidInputException")


def test_a_search_goes_by_the_metric_that_it_is_told(world, personalize, name):
    """sims recommends more of the catalogue the less it values popularity: coverage sought and coverage shunned end apart."""
    tuned = {}
    for kind in ("Maximize", "minimize"):
        ranges = {"continuousHyperParameterRanges": [{"name": "popularity_discount_factor", "minValue": 0.0, "maxValue": 1.0}]}
        config = {"hpoConfig": {"hpoObjective": {"type": kind, "metricName": "coverage"}, "hpoResourceConfig": {"maxNumberOfTrainingJobs": "5"},
                                "algorithmHyperParameterRanges": ranges}}
        solution = personalize.create_solution(name=f"{name}-{kind}", datasetGroupArn=world.group_arn, recipeArn=RECIPES["sims"], performHPO=True,
                                               solutionConfig=config)["solutionArn"]
        assert personalize.describe_solution(solutionArn=solution)["solution"]["solutionConfig"] == config
        version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        found = world.active("solution_version", solutionVersionArn=version)
        tuned[kind] = float(found["tunedHPOParams"]["algorithmHyperParameters"]["popularity_discount_factor"])
    assert tuned["Maximize"] > tuned["minimize"], tuned


@pytest.mark.parametrize("recipe, more, said, hinted", [
    ("sims", {"performAutoML": True}, "performAutoML is not supported.", True),
    (None, {"performAutoML": True}, "performAutoML is not supported.", True),
    ("sims", {"solutionConfig": {"autoMLConfig": {"metricName": "coverage"}}}, "autoMLConfig requires performAutoML.", False),
    ("sims", {"performHPO": True, "solutionConfig": {"hpoConfig": {"hpoObjective": {"metricName": "coverage", "metricRegex": ".*"}}}},
     "metricRegex is not supported in hpoObjective.", True),
    ("sims", {"performHPO": True, "solutionConfig": {"hpoConfig": {"hpoObjective": {"metricName": "profit"}}}}, "The metric profit is none of ", False),
    ("sims", {"performHPO": True, "solutionConfig": {"hpoConfig": {"hpoObjective": {"type": "Maximize"}}}}, "hpoObjective must have a metricName.", False),
    ("sims", {"performHPO": True, "solutionConfig": {"hpoConfig": {"hpoObjective": {"metricName": "coverage", "type": "up"}}}},
     "Invalid type of hpoObjective: up.", False),
])
def test_what_is_refused_says_why(small, personalize, name, recipe, more, said, hinted):
    asked = {"recipeArn": RECIPES[recipe]} if recipe else {}
    with pytest.raises(personalize.exceptions.InvalidInputException) as caught:
        personalize.create_solution(name=name, datasetGroupArn=small.group_arn, **asked, **more)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400 and answer["Error"]["Message"].startswith(said)
    assert ("x-personalite-hint" in answer["ResponseMetadata"]["HTTPHeaders"]) == hinted


def test_themes_are_refused_in_words(server, personalize, name):
    """Only similar items have themes at AWS, and here nobody has."""
    world = World(server, name).small()
    for recipe, more, said in (
        ("aws-similar-items", {"themeGenerationConfig": {"fieldsForThemeGeneration": {"itemName": "TITLE"}}}, "THEME_GENERATION is not supported."),
        ("aws-similar-items", {}, "THEME_GENERATION requires themeGenerationConfig."), ("aws-sims", {}, "THEME_GENERATION is not supported for recipe"),
    ):
        solution = f"{name}-{recipe}"
        if arn(f"solution/{solution}") not in [found["solutionArn"] for found in personalize.list_solutions()["solutions"]]:
            personalize.create_solution(name=solution, datasetGroupArn=world.group_arn, recipeArn=f"arn:aws:personalize:::recipe/{recipe}")
            world.active("solution_version", solutionVersionArn=personalize.create_solution_version(
                solutionArn=arn(f"solution/{solution}"), name="v")["solutionVersionArn"])
        place = {"path": f"s3://{world.bucket}/in.json"}
        with pytest.raises(personalize.exceptions.InvalidInputException) as caught:
            personalize.create_batch_inference_job(
                jobName=name, solutionVersionArn=arn(f"solution/{solution}/v"), jobInput={"s3DataSource": place}, roleArn=ROLE,
                jobOutput={"s3DataDestination": {"path": f"s3://{world.bucket}/out/"}}, batchInferenceJobMode="THEME_GENERATION", **more)
        answer = caught.value.response
        assert said in answer["Error"]["Message"]
        assert ("x-personalite-hint" in answer["ResponseMetadata"]["HTTPHeaders"]) == (said == "THEME_GENERATION is not supported.")


def test_what_work_brings_about_is_told_at_its_end(start):
    """Work is done long before the passing states have lasted their time, and figures of the end do not stand in the middle."""
    server = start("--job-delay", 60)
    server.clock(rate=10_000)
    world = World(server, "slow").small()
    world.solution("user")
    deletion = {"datasetGroupArn": world.group_arn, "dataSource": {"dataLocation": world.put("users.csv", "USER_ID\nu1\n")}, "roleArn": ROLE}
    server.clock(rate=0)
    personalize = server.client("personalize")
    arn_of = {"version": world.version("user"), "stopped": world.version("user")}
    job = personalize.create_data_deletion_job(jobName="slow", **deletion)["dataDeletionJobArn"]

    def seen():
        version, stopped = (personalize.describe_solution_version(solutionVersionArn=arn_of[one])["solutionVersion"] for one in ("version", "stopped"))
        return version, stopped, personalize.describe_data_deletion_job(dataDeletionJobArn=job)["dataDeletionJob"]

    server.clock(advance=40)
    # The work itself takes moments of the machine's own time.
    for _ in range(20):
        version, stopped, deleted = seen()
        assert (version["status"], stopped["status"], deleted["status"]) == ("CREATE IN_PROGRESS", "CREATE IN_PROGRESS", "IN_PROGRESS")
        assert "trainingHours" not in version and "numDeleted" not in deleted
    personalize.stop_solution_version_creation(solutionVersionArn=arn_of["stopped"])
    server.clock(rate=10_000)
    world.active("solution_version", solutionVersionArn=arn_of["version"])
    world.wait("solution_version", solutionVersionArn=arn_of["stopped"])
    until(lambda: seen()[2]["status"] == "COMPLETED", 30, "the deletion")
    version, stopped, deleted = seen()
    assert version["trainingHours"] > 0 and deleted["numDeleted"] == 30
    assert stopped["status"] == "CREATE STOPPED" and "trainingHours" not in stopped
