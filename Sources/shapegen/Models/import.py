#!/usr/bin/env python3
"""Reads the API models that the installed botocore ships and keeps their facts: names, types, constraints.

Of some services only the inputs of the operations that are carried out are kept, and who all the other services are.

Run it with the botocore whose models are wanted:  python3 Sources/shapegen/Models/import.py
"""
import json
import pathlib

import botocore.loaders

SERVICES = {
    "kinesis": "Kinesis",
    "personalize": "Personalize",
    "personalize-events": "PersonalizeEvents",
    "personalize-runtime": "PersonalizeRuntime",
}
# Of these only what the operations that are carried out take.
INPUTS = {
    "sts": ("STS", "GetCallerIdentity AssumeRole GetSessionToken GetAccessKeyInfo"),
    "iam": (
        "IAM",
        """
        CreateRole GetRole ListRoles UpdateRole UpdateRoleDescription DeleteRole UpdateAssumeRolePolicy
        PutRolePolicy GetRolePolicy ListRolePolicies DeleteRolePolicy
        AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies PutRolePermissionsBoundary DeleteRolePermissionsBoundary
        TagRole UntagRole ListRoleTags ListInstanceProfilesForRole
        CreatePolicy GetPolicy ListPolicies DeletePolicy CreatePolicyVersion GetPolicyVersion ListPolicyVersions DeletePolicyVersion
        SetDefaultPolicyVersion ListEntitiesForPolicy TagPolicy UntagPolicy ListPolicyTags
        """,
    ),
    "ssm": (
        "SSM",
        """
        PutParameter GetParameter GetParameters GetParametersByPath GetParameterHistory DeleteParameter DeleteParameters DescribeParameters
        AddTagsToResource RemoveTagsFromResource ListTagsForResource
        """,
    ),
    "firehose": (
        "Firehose",
        """
        CreateDeliveryStream DescribeDeliveryStream ListDeliveryStreams DeleteDeliveryStream UpdateDestination PutRecord PutRecordBatch
        TagDeliveryStream UntagDeliveryStream ListTagsForDeliveryStream StartDeliveryStreamEncryption StopDeliveryStreamEncryption
        """,
    ),
    "cloudwatch": (
        "CloudWatch",
        """
        PutMetricData GetMetricData GetMetricStatistics ListMetrics PutMetricAlarm DescribeAlarms DescribeAlarmsForMetric DeleteAlarms SetAlarmState
        EnableAlarmActions DisableAlarmActions TagResource UntagResource ListTagsForResource
        """,
    ),
    "logs": (
        "Logs",
        """
        CreateLogGroup DeleteLogGroup DescribeLogGroups ListLogGroups CreateLogStream DeleteLogStream DescribeLogStreams
        PutLogEvents GetLogEvents FilterLogEvents PutRetentionPolicy DeleteRetentionPolicy
        TagResource UntagResource ListTagsForResource TagLogGroup UntagLogGroup ListTagsLogGroup
        """,
    ),
    "events": (
        "Events",
        """
        PutEvents PutRule DescribeRule ListRules DeleteRule EnableRule DisableRule
        PutTargets RemoveTargets ListTargetsByRule TagResource UntagResource ListTagsForResource
        """,
    ),
    "cloudformation": (
        "CloudFormation",
        """
        CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet ListChangeSets
        CreateStack UpdateStack DeleteStack DescribeStacks DescribeStackEvents DescribeStackResource DescribeStackResources
        ListStacks ListStackResources GetTemplate GetTemplateSummary ValidateTemplate ListExports ListImports UpdateTerminationProtection
        """,
    ),
    "apigateway": (
        "APIGateway",
        """
        CreateRestApi GetRestApi GetRestApis UpdateRestApi DeleteRestApi
        CreateResource GetResource GetResources UpdateResource DeleteResource
        PutMethod GetMethod UpdateMethod DeleteMethod PutMethodResponse GetMethodResponse UpdateMethodResponse DeleteMethodResponse
        PutIntegration GetIntegration UpdateIntegration DeleteIntegration
        PutIntegrationResponse GetIntegrationResponse UpdateIntegrationResponse DeleteIntegrationResponse
        CreateDeployment GetDeployment GetDeployments UpdateDeployment DeleteDeployment
        CreateStage GetStage GetStages UpdateStage DeleteStage
        CreateModel GetModel GetModels UpdateModel DeleteModel
        CreateRequestValidator GetRequestValidator GetRequestValidators UpdateRequestValidator DeleteRequestValidator
        PutGatewayResponse GetGatewayResponse GetGatewayResponses UpdateGatewayResponse DeleteGatewayResponse
        CreateApiKey GetApiKey GetApiKeys UpdateApiKey DeleteApiKey
        CreateUsagePlan GetUsagePlan GetUsagePlans UpdateUsagePlan DeleteUsagePlan
        CreateUsagePlanKey GetUsagePlanKey GetUsagePlanKeys DeleteUsagePlanKey
        GetAccount UpdateAccount TagResource UntagResource GetTags GetAuthorizers
        """,
    ),
    "lambda": (
        "Lambda",
        """
        CreateFunction GetFunction GetFunctionConfiguration UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction ListFunctions
        PublishVersion ListVersionsByFunction CreateAlias GetAlias UpdateAlias DeleteAlias ListAliases
        AddPermission RemovePermission GetPolicy TagResource UntagResource ListTags
        PutFunctionConcurrency GetFunctionConcurrency DeleteFunctionConcurrency Invoke
        CreateEventSourceMapping GetEventSourceMapping ListEventSourceMappings UpdateEventSourceMapping DeleteEventSourceMapping
        PublishLayerVersion ListLayers ListLayerVersions GetLayerVersion GetLayerVersionByArn DeleteLayerVersion
        AddLayerVersionPermission RemoveLayerVersionPermission GetLayerVersionPolicy
        """,
    ),
}
# What is refused by name, whatever is in it.
BARE = ("Redshift", "Elasticsearch", "Amazonopensearchservice", "AmazonOpenSearchServerless", "Splunk", "Snowflake", "Iceberg")
BARE = {name + "Destination" + kind for name in BARE for kind in ("Configuration", "Update")} | {"MSKSourceConfiguration", "DatabaseSourceConfiguration"}
SHAPE_KEYS = ("type", "required", "min", "max", "pattern", "enum", "exception", "fault", "eventstream")


def member_facts(name, member):
    """Of a REST service also where in a request a member stands, and by which name."""
    return {"name": name, "shape": member["shape"], **{key: member[key] for key in ("location", "locationName") if key in member and "location" in member}}


def shape_facts(shape):
    facts = {key: shape[key] for key in SHAPE_KEYS if key in shape}
    if "members" in shape:
        facts["members"] = [member_facts(name, member) for name, member in shape["members"].items()]
    if "payload" in shape:
        facts["payload"] = shape["payload"]
    for key in ("member", "key", "value"):
        if key in shape:
            facts[key] = shape[key]["shape"]
    if "error" in shape:
        facts["status"] = shape["error"]["httpStatusCode"]
    return facts


def operation_facts(operation):
    facts = {"name": operation["name"], "path": operation["http"]["requestUri"]}
    for key in ("input", "output"):
        if key in operation:
            facts[key] = operation[key]["shape"]
    facts["errors"] = [error["shape"] for error in operation.get("errors", [])]
    return facts


def reachable(model, names):
    """The shapes that the inputs of some operations are made of."""
    left, found = [model["operations"][name]["input"]["shape"] for name in names if "input" in model["operations"][name]], {}
    while left:
        name = left.pop()
        if name in found:
            continue
        shape = found[name] = {"type": "structure", "members": {}} if name in BARE else model["shapes"][name]
        left += [member["shape"] for member in shape.get("members", {}).values()]
        left += [shape[key]["shape"] for key in ("member", "key", "value") if key in shape]
    return found


def input_facts(name, operation, protocol):
    """An operation of whose service only the inputs are kept; REST tells operations by method and path, and answers with a status of its own."""
    http = operation["http"]
    facts = {"name": name, "path": http["requestUri"] if protocol == "rest-json" else "/"}
    if protocol == "rest-json":
        facts |= {"method": http["method"], "status": http.get("responseCode", 200)}
    return facts | ({"input": operation["input"]["shape"]} if "input" in operation else {})


def write(name, facts):
    path = pathlib.Path(__file__).parent / f"{name}.json"
    lines = json.dumps(facts, separators=(",", ":"))
    # One operation or shape a line, so that a new model is a readable difference.
    lines = lines.replace('"operations":[', '"operations":[\n').replace('"others":[', '"others":[\n').replace('"shapes":[{"name"', '"shapes":[\n{"name"')
    lines = lines.replace('},{"name":"', '},\n{"name":"').replace("]}],", "]}\n],")
    path.write_text(lines + "\n")
    print(f"{path.name}: {len(facts['operations'])} operations, {len(facts['shapes'])} shapes")


def others():
    """A line for each name that signatures have in their scope: the name, a protocol that the service speaks, and what AWS calls it."""
    loader, found = botocore.loaders.Loader(), {}
    for service in loader.list_available_services("service-2"):
        metadata = loader.load_service_model(service, "service-2")["metadata"]
        name = metadata.get("signingName") or metadata["endpointPrefix"]
        # The first of several is the one whose own name is the signature's, if there is one.
        if name not in found or service == name:
            found[name] = (metadata["protocol"], metadata["serviceFullName"])
    return "".join(f"{name} {protocol} {title}\n" for name, (protocol, title) in sorted(found.items()))


(pathlib.Path(__file__).parent / "services.txt").write_text(others())
for service, (namespace, wanted) in INPUTS.items():
    model = botocore.loaders.Loader().load_service_model(service, "service-2")
    operations = {name: model["operations"][name] for name in sorted(wanted.split())}
    protocol = model["metadata"]["protocol"]
    # What a REST service has beside, so that it can be refused by name.
    others = [{"name": n, "path": o["http"]["requestUri"], "method": o["http"]["method"]} for n, o in sorted(model["operations"].items()) if n not in operations]
    write(service, {
        "namespace": namespace,
        "uid": model["metadata"]["uid"],
        "protocol": protocol,
        "operations": [input_facts(name, o, protocol) for name, o in operations.items()],
        **({"others": others} if protocol == "rest-json" else {}),
        "shapes": [{"name": name, **shape_facts(s)} for name, s in sorted(reachable(model, operations).items())],
    })
for service, namespace in SERVICES.items():
    model = botocore.loaders.Loader().load_service_model(service, "service-2")
    metadata = model["metadata"]
    facts = {
        "namespace": namespace,
        "uid": metadata["uid"],
        "protocol": metadata["protocol"],
        "targetPrefix": metadata.get("targetPrefix"),
        "operations": [operation_facts(o) for _, o in sorted(model["operations"].items())],
        "shapes": [{"name": name, **shape_facts(s)} for name, s in sorted(model["shapes"].items())],
    }
    write(service, facts)
