"""Templates of the shapes that people publish around Personalize and Kinesis, written anew: each deploys, or is refused with the exact reason."""

import pytest

from test_custom_resources import ended, reasons
from test_s3 import refusal

TRUST = '{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: %s.amazonaws.com}, Action: "sts:AssumeRole"}]}'
ROLE = "{Type: AWS::IAM::Role, Properties: {Path: /service-role/, AssumeRolePolicyDocument: " + TRUST % "lambda" + """,
    ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    Policies: [{PolicyName: own, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["personalize:*"], Resource: "*"}]}}]}}"""
CODE = 'Code: {ZipFile: "def handler(event, context): return event"}, Handler: index.handler, Runtime: python3.12, Role: !GetAtt Role.Arn'
FUNCTION = "{Type: AWS::Lambda::Function, Properties: {" + CODE + ", Timeout: 60, MemorySize: 256, Environment: {Variables: {MODE: b}}}}"

DEPLOYED = {
    "a stream and the function that reads it": f"""
Resources:
  Role: {ROLE}
  Function: {FUNCTION}
  Stream: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: 2, RetentionPeriodHours: 48, StreamEncryption: {{EncryptionType: KMS, KeyId: alias/aws/kinesis}}}}}}
  Failed: {{Type: AWS::S3::Bucket}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Stream.Arn
      FunctionName: !GetAtt Function.Arn
      StartingPosition: TRIM_HORIZON
      BatchSize: 100
      Enabled: true
      MaximumBatchingWindowInSeconds: 1
      MaximumRetryAttempts: 3
      MaximumRecordAgeInSeconds: 3600
      BisectBatchOnFunctionError: true
      ParallelizationFactor: 2
      FunctionResponseTypes: [ReportBatchItemFailures]
      DestinationConfig: {{OnFailure: {{Destination: !GetAtt Failed.Arn}}}}
""",
    "an API that puts records": """
Resources:
  Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: """ + TRUST % "apigateway" + """}}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: !Ref AWS::StackName, EndpointConfiguration: {Types: [EDGE]}}}
  Records: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: records}}
  Model:
    Type: AWS::ApiGateway::Model
    Properties:
      RestApiId: !Ref Api
      ContentType: application/json
      Schema: {$schema: "http://json-schema.org/draft-04/schema#", type: object, required: [records], properties: {records: {type: array}}}
  Validator: {Type: AWS::ApiGateway::RequestValidator, Properties: {RestApiId: !Ref Api, ValidateRequestBody: true}}
  Put:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Records
      HttpMethod: POST
      AuthorizationType: AWS_IAM
      RequestModels: {application/json: !Ref Model}
      RequestValidatorId: !Ref Validator
      MethodResponses: [{StatusCode: "200"}, {StatusCode: "500"}]
      Integration:
        Type: AWS
        IntegrationHttpMethod: POST
        Credentials: !GetAtt Role.Arn
        PassthroughBehavior: NEVER
        Uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:kinesis:action/PutRecords"
        RequestParameters: {integration.request.header.Content-Type: "'application/x-amz-json-1.1'"}
        RequestTemplates:
          application/json: !Sub |
            { "StreamName": "${Stream}", "Records": [ #foreach($elem in $input.path('$.records'))
            { "Data": "$util.base64Encode($elem.data)", "PartitionKey": "$elem.partitionKey" }#if($foreach.hasNext),#end #end ] }
        IntegrationResponses: [{StatusCode: "200"}, {StatusCode: "500", SelectionPattern: "500", ResponseTemplates: {text/html: Error}}]
  Deployment: {Type: AWS::ApiGateway::Deployment, DependsOn: Put, Properties: {RestApiId: !Ref Api}}
  Stage: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: prod, TracingEnabled: true}}
  Plan: {Type: AWS::ApiGateway::UsagePlan, Properties: {ApiStages: [{ApiId: !Ref Api, Stage: !Ref Stage}]}}
  Late:
    Type: AWS::CloudWatch::Alarm
    Properties: {Namespace: AWS/Kinesis, MetricName: GetRecords.IteratorAgeMilliseconds, Statistic: Maximum, Period: 300, EvaluationPeriods: 1,
      Threshold: 2592000, ComparisonOperator: GreaterThanOrEqualToThreshold, Dimensions: [{Name: StreamName, Value: !Ref Stream}]}
""",
    "a stream that is archived": """
Resources:
  Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Bucket: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: """ + TRUST % "firehose" + """}}
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: KinesisStreamAsSource
      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt Stream.Arn, RoleARN: !GetAtt Role.Arn}
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Bucket.Arn
        RoleARN: !GetAtt Role.Arn
        BufferingHints: {IntervalInSeconds: "60", SizeInMBs: "5"}
        CompressionFormat: GZIP
        Prefix: "raw/!{timestamp:yyyy/MM/dd}/"
        ErrorOutputPrefix: "bad/!{firehose:error-output-type}/"
""",
    "a bucket with every setting": """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}]}
      PublicAccessBlockConfiguration: {BlockPublicAcls: "true", BlockPublicPolicy: "true", IgnorePublicAcls: "true", RestrictPublicBuckets: "true"}
      CorsConfiguration: {CorsRules: [{AllowedMethods: [GET], AllowedOrigins: ["*"]}]}
      LifecycleConfiguration: {Rules: [{Status: Enabled, ExpirationInDays: 30}]}
      Tags: [{Key: a, Value: b}]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: personalize.amazonaws.com}, Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: [!GetAtt Bucket.Arn, !Sub "${Bucket.Arn}/*"]}]}
""",
    "roles and policies": f"""
Resources:
  Role: {ROLE}
  Policy: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: p, Roles: [!Ref Role], PolicyDocument: {{Version: "2012-10-17",
    Statement: {{Effect: Allow, Action: "kinesis:*", Resource: "*"}}}}}}}}
  Managed: {{Type: AWS::IAM::ManagedPolicy, Properties: {{Roles: [!Ref Role], PolicyDocument: {{Version: "2012-10-17",
    Statement: [{{Effect: Allow, Action: "s3:*", Resource: "*"}}]}}}}}}
""",
    "conditions, mappings and functions": """
Parameters: {Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}, Names: {Type: CommaDelimitedList, Default: "a,b,c"}}
Mappings: {Shards: {dev: {Count: 1}, prod: {Count: 4}}}
Conditions: {IsProd: !Equals [!Ref Stage, prod], IsOther: !And [!Not [{Condition: IsProd}], !Or [!Equals [a, a], !Equals [a, b]]]}
Resources:
  Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: !FindInMap [Shards, !Ref Stage, Count], Tags: [{Key: k, Value: !Select [1, !Ref Names]}]}}
  Never: {Type: AWS::S3::Bucket, Condition: IsProd}
  Kept: {Type: AWS::SSM::Parameter, Condition: IsOther, Properties: {Type: String, Value: !Join ["-", !Split [".", "x.y"]], Description: !If [IsProd, a, !Ref AWS::NoValue]}}
Outputs: {Stream: {Value: !GetAtt Stream.Arn, Export: {Name: !Sub "${AWS::StackName}-stream"}}}
""",
    "everything of Personalize": """
Resources:
  Group: {Type: AWS::Personalize::DatasetGroup, Properties: {Name: !Ref AWS::StackName}}
  Schema: {Type: AWS::Personalize::Schema, Properties: {Name: !Ref AWS::StackName, Schema: '{"type": "record", "name": "Interactions", "namespace": "com.amazonaws.personalize.schema",
    "fields": [{"name": "USER_ID", "type": "string"}, {"name": "ITEM_ID", "type": "string"}, {"name": "EVENT_TYPE", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"}], "version": "1.0"}'}}
  Data: {Type: AWS::Personalize::Dataset, Properties: {Name: !Ref AWS::StackName, DatasetType: Interactions, DatasetGroupArn: !Ref Group, SchemaArn: !Ref Schema}}
  Solution: {Type: AWS::Personalize::Solution, DependsOn: Data, Properties: {Name: !Ref AWS::StackName, DatasetGroupArn: !Ref Group,
    RecipeArn: "arn:aws:personalize:::recipe/aws-user-personalization", SolutionConfig: {AlgorithmHyperParameters: {hidden_dimension: "64"}}}}
  Tracker: {Type: AWS::Personalize::EventTracker, DependsOn: Data, Properties: {Name: !Ref AWS::StackName, DatasetGroupArn: !Ref Group}}
  Filter: {Type: AWS::Personalize::Filter, DependsOn: Data, Properties: {Name: !Ref AWS::StackName, DatasetGroupArn: !Ref Group,
    FilterExpression: 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'}}
Outputs: {Tracking: {Value: !GetAtt Tracker.TrackingId}}
""",
    "a function, its version and alias, and who may ask it": f"""
Resources:
  Role: {ROLE}
  Function: {FUNCTION}
  Version: {{Type: AWS::Lambda::Version, Properties: {{FunctionName: !Ref Function}}}}
  Alias: {{Type: AWS::Lambda::Alias, Properties: {{FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}}}}
  Permission: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: !Ref Alias, Action: "lambda:InvokeFunction", Principal: s3.amazonaws.com,
    SourceAccount: !Ref AWS::AccountId}}}}
  Log: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: !Sub "/aws/lambda/${{Function}}", RetentionInDays: 7}}}}
""",
    "an API with one greedy method": f"""
Resources:
  Role: {ROLE}
  Function: {FUNCTION}
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: proxy}}}}
  Proxy: {{Type: AWS::ApiGateway::Resource, Properties: {{RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: "{{proxy+}}"}}}}
  Any:
    Type: AWS::ApiGateway::Method
    Properties: {{RestApiId: !Ref Api, ResourceId: !Ref Proxy, HttpMethod: ANY, AuthorizationType: NONE, ApiKeyRequired: true,
      Integration: {{Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: !Sub "arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{Function.Arn}}/invocations"}}}}
  Deployment: {{Type: AWS::ApiGateway::Deployment, DependsOn: Any, Properties: {{RestApiId: !Ref Api, StageName: v1}}}}
  Key: {{Type: AWS::ApiGateway::ApiKey, DependsOn: Deployment, Properties: {{Enabled: true}}}}
  Plan: {{Type: AWS::ApiGateway::UsagePlan, DependsOn: Deployment, Properties: {{ApiStages: [{{ApiId: !Ref Api, Stage: v1}}]}}}}
  PlanKey: {{Type: AWS::ApiGateway::UsagePlanKey, Properties: {{KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}}}}
""",
    "a custom resource": f"""
Resources:
  Role: {ROLE}
  Provider:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: python3.12
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
          import cfnresponse
          def handler(event, context):
              cfnresponse.send(event, context, cfnresponse.SUCCESS, {{"Answer": "42"}})
  Made: {{Type: AWS::CloudFormation::CustomResource, Properties: {{ServiceToken: !GetAtt Provider.Arn}}}}
Outputs: {{Answer: {{Value: !GetAtt Made.Answer}}}}
""",
    "functions of SAM with an API that is written out": """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, Handler: index.handler, Timeout: 10}}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      DefinitionBody:
        openapi: 3.0.1
        info: {title: !Ref AWS::StackName, version: "1"}
        x-amazon-apigateway-request-validators: {body: {validateRequestBody: true, validateRequestParameters: true}}
        components: {schemas: {View: {type: object, required: [item]}}}
        paths:
          /views:
            post:
              x-amazon-apigateway-request-validator: body
              requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/View"}}}}
              responses: {"200": {description: ok}}
              x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST,
                uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Get.Arn}/invocations"}
  Get: {Type: AWS::Serverless::Function, Properties: {InlineCode: "def handler(event, context): return {'body': 'x'}",
    Policies: [AmazonPersonalizeFullAccess, {S3ReadPolicy: {BucketName: b}}], Events: {E: {Type: Api, Properties: {Path: /views, Method: post, RestApiId: !Ref Api}}}}}
""",
}

NOT_HERE = "(personalite does not carry these out; they are those of ["
SAM = "Transform: AWS::Serverless-2016-10-31\nResources:\n  "
SERVERLESS = "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Handler: index.handler, Runtime: python3.12"
REFUSED = {
    "a table": ("Resources: {T: {Type: AWS::DynamoDB::Table}, S: {Type: AWS::Kinesis::Stream}}", f"[AWS::DynamoDB::Table] {NOT_HERE}T])"),
    "a state machine that trains, and whom it tells": (
        "Resources: {M: {Type: AWS::StepFunctions::StateMachine}, N: {Type: AWS::SNS::Topic}}",
        f"[AWS::SNS::Topic, AWS::StepFunctions::StateMachine] {NOT_HERE}M, N])"),
    "a set of stacks": ("Resources: {N: {Type: AWS::CloudFormation::StackSet}}", f"[AWS::CloudFormation::StackSet] {NOT_HERE}N])"),
    "an HTTP API": ("Resources: {A: {Type: AWS::ApiGatewayV2::Api}}", f"[AWS::ApiGatewayV2::Api] {NOT_HERE}A])"),
    "a queue": ("Resources: {Q: {Type: AWS::SQS::Queue}}", f"[AWS::SQS::Queue] {NOT_HERE}Q])"),
    "a notebook": ("Resources: {B: {Type: AWS::SageMaker::NotebookInstance}}", f"[AWS::SageMaker::NotebookInstance] {NOT_HERE}B])"),
    "a table of SAM": (SAM + "T: {Type: AWS::Serverless::SimpleTable}", "Resource with id [T] is invalid. Type AWS::Serverless::SimpleTable is not carried out by personalite."),
    "a machine of SAM": (SAM + "M: {Type: AWS::Serverless::StateMachine}", "Type AWS::Serverless::StateMachine is not carried out by personalite."),
    "a function of SAM that SQS calls": (
        SAM + SERVERLESS + ", Events: {E: {Type: SQS, Properties: {Queue: q}}}}}",
        "Resource with id [F] is invalid. Event with id [E] is invalid. Events of type SQS are not carried out by personalite."),
    "another transform": ("Transform: [AWS::LanguageExtensions]\nResources: {S: {Type: AWS::S3::Bucket}}", "Transform AWS::LanguageExtensions is not carried out by personalite."),
}


@pytest.mark.parametrize("shape", DEPLOYED)
def test_deployed(cfn, name, shape):
    stack = f"shape-{name}"
    cfn.create_stack(StackName=stack, TemplateBody=DEPLOYED[shape], Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])
    assert ended(cfn, stack)["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, stack)
    cfn.delete_stack(StackName=stack)
    cfn.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 30})


@pytest.mark.parametrize("shape", REFUSED)
def test_refused(cfn, name, shape):
    template, words = REFUSED[shape]
    status, code, message = refusal(
        cfn.create_stack, StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])
    assert (status, code) == (400, "ValidationError") and message.endswith(words), message
