import ServiceKit
import Testing
import Wire

@testable import CloudFormationEmulator

/// A template of the Serverless Application Model goes in, and one of CloudFormation comes out.
@Suite struct SAMTransformTests {
    private func template(_ text: String) throws -> Template { try Template("Transform: AWS::Serverless-2016-10-31\n" + text) }

    private func refusal(_ text: String) -> String {
        let error = #expect(throws: ServiceError.self) { try template(text) }
        #expect(error?.code == "ValidationError")
        return error?.message ?? ""
    }

    private func properties(_ template: Template, _ name: String) -> Document { template.resource(name)?.properties ?? .null }

    private static let function = "Type: AWS::Serverless::Function, Properties: {Handler: app.handler, Runtime: python3.12, InlineCode: x"

    @Test func `events of a bucket become its notifications`() throws {
        let made = try template(
            """
            Conditions: {C: !Equals [a, a]}
            Resources:
              F:
                Type: AWS::Serverless::Function
                Properties:
                  {Handler: app.handler, Runtime: python3.12, InlineCode: x, AutoPublishAlias: live, Events: {A: {Type: S3, Properties:
                  {Bucket: !Ref B, Events: ["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"], Filter: {S3Key: {Rules: [{Name: prefix, Value: x}]}}}}}}
              G:
                Type: AWS::Serverless::Function
                Condition: C
                Properties: {Handler: app.handler, Runtime: python3.12, InlineCode: x, Events: {A: {Type: S3, Properties: {Bucket: !Ref B, Events: "s3:ObjectRestore:*"}}}}
              B: {Type: AWS::S3::Bucket, DependsOn: R}
              R: {Type: AWS::S3::Bucket}
            """
        )
        let targets = properties(made, "B")["NotificationConfiguration"]?["LambdaConfigurations"]?.listIfAny ?? []
        #expect(targets.count == 3 && targets.first?["Function"]?["Ref"] == .string("FAliaslive"))
        #expect(targets.first?["Filter"]?["S3Key"]?["Rules"]?.listIfAny.first?["Value"] == .string("x"))
        #expect(targets.last?["Fn::If"]?.listIfAny.first == .string("C"))
        #expect(made.resource("B")?.dependsOn == ["R", "FAPermission"])
        let tag = properties(made, "B")["Tags"]?.listIfAny.first
        #expect(tag?["Key"] == .string("sam:ConditionalDependsOn:GAPermission"))
        #expect(properties(made, "FAPermission")["SourceAccount"]?["Ref"] == .string("AWS::AccountId"))
        let text = "Resources: {F: {\(Self.function), Events: {A: {Type: S3, Properties: {Bucket: b, Events: x}}}}}}"
        #expect(refusal(text).contains("S3 events must reference an S3 bucket in the same template."))
    }

    @Test func `events become mappings, permissions and an API with the names that AWS gives them`() throws {
        let made = try template(
            """
            Resources:
              S: {Type: AWS::Kinesis::Stream}
              F:
                Type: AWS::Serverless::Function
                Metadata: {who: me}
                Properties:
                  CodeUri: s3://bucket/dir/key?versionId=3
                  Handler: app.handler
                  Runtime: python3.12
                  AutoPublishAlias: live
                  Events:
                    Click: {Type: Api, Properties: {Path: /click, Method: POST}}
                    Item: {Type: Api, Properties: {Path: "/items/{id}/x", Method: any}}
                    K: {Type: Kinesis, Properties: {Stream: !GetAtt S.Arn, StartingPosition: LATEST, BatchSize: 5}}
            Outputs: {U: {Value: !Sub "${ServerlessRestApi}/${ServerlessRestApiProdStage}/${F.Alias}"}, V: {Value: !Ref F.Version}}
            """
        )
        let version = made.resources.first { $0.type == "AWS::Lambda::Version" }?.name ?? ""
        let deployment = made.resources.first { $0.type == "AWS::ApiGateway::Deployment" }?.name ?? ""
        #expect(version.hasPrefix("FVersion") && deployment.hasPrefix("ServerlessRestApiDeployment"))
        #expect(
            Dictionary(uniqueKeysWithValues: made.resources.map { ($0.name, $0.type) }) == [
                "S": "AWS::Kinesis::Stream", "F": "AWS::Lambda::Function", "FRole": "AWS::IAM::Role", version: "AWS::Lambda::Version",
                "FAliaslive": "AWS::Lambda::Alias", "FK": "AWS::Lambda::EventSourceMapping", "FClickPermissionProd": "AWS::Lambda::Permission",
                "FItemPermissionProd": "AWS::Lambda::Permission", "ServerlessRestApi": "AWS::ApiGateway::RestApi",
                deployment: "AWS::ApiGateway::Deployment", "ServerlessRestApiProdStage": "AWS::ApiGateway::Stage",
            ]
        )
        let code = properties(made, "F")["Code"]
        #expect(code?["S3Bucket"] == .string("bucket") && code?["S3Key"] == .string("dir/key") && code?["S3ObjectVersion"] == .string("3"))
        #expect(made.resource("F")?.metadata?["who"] == .string("me"))
        #expect(properties(made, "FK")["FunctionName"]?["Ref"] == .string("FAliaslive"))
        let paths = properties(made, "ServerlessRestApi")["Body"]?["paths"]
        let uri = paths?["/click"]?["post"]?["x-amazon-apigateway-integration"]?["uri"]?["Fn::Sub"]?.textIfAny
        #expect(uri?.contains("functions/${FAliaslive}/invocations") == true)
        #expect(paths?["/items/{id}/x"]?["x-amazon-apigateway-any-method"] != nil)
        let source = properties(made, "FItemPermissionProd")["SourceArn"]?["Fn::Sub"]?.listIfAny.first?.textIfAny
        #expect(source?.hasSuffix("${__ApiId__}/${__Stage__}/*/items/*/x") == true)
        #expect(made.outputs.first?.value["Fn::Sub"] == .string("${ServerlessRestApi}/${ServerlessRestApiProdStage}/${FAliaslive}"))
        #expect(made.outputs.last?.value["Ref"] == .string(version))
        #expect(properties(made, "FRole")["ManagedPolicyArns"]?.listIfAny.count == 2)
    }

    @Test func `what is common to all functions is merged into each`() throws {
        let made = try template(
            """
            Globals:
              Function: {Runtime: python3.12, Timeout: 20, Environment: {Variables: {A: "1", B: "2"}}, Tags: {x: y}}
            Resources:
              F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, InlineCode: x, Timeout: 5, Environment: {Variables: {B: !Ref AWS::Region}}}}
            """
        )
        let function = properties(made, "F")
        #expect(function["Timeout"] == .integer(5) && function["Runtime"] == .string("python3.12"))
        #expect(function["Environment"]?["Variables"]?["A"] == .string("1"))
        #expect(function["Environment"]?["Variables"]?["B"]?["Ref"] == .string("AWS::Region"))
        #expect(function["Tags"]?.listIfAny.compactMap { $0["Key"]?.textIfAny } == ["lambda:createdBy", "x"])
        #expect(made.document["Globals"] == nil)
    }

    @Test func `an API of one's own has its stage, its key and its origins`() throws {
        let made = try template(
            """
            Resources:
              Own: {Type: AWS::Serverless::Api, Properties: {StageName: dev, Cors: "'*'", Auth: {ApiKeyRequired: true}, EndpointConfiguration: REGIONAL}}
              Ref: {Type: AWS::Serverless::Api, Properties: {StageName: !Ref AWS::StackName, OpenApiVersion: 3.0.1}}
              F: {\(Self.function), Events: {
                A: {Type: Api, Properties: {Path: /a, Method: get, RestApiId: !Ref Own}},
                B: {Type: Api, Properties: {Path: /a, Method: get, RestApiId: !Ref Ref}}}}}
            """
        )
        #expect(made.resource("OwndevStage") != nil && made.resource("RefStage") != nil)
        #expect(made.resource("FAPermissiondev") != nil && made.resource("FBPermissionStage") != nil)
        let body = properties(made, "Own")["Body"]
        #expect(body?["securityDefinitions"]?["api_key"] != nil && body?["paths"]?["/a"]?["get"]?["security"] != nil)
        #expect(body?["paths"]?["/a"]?["options"]?["security"] != nil)
        let response = body?["paths"]?["/a"]?["options"]?["x-amazon-apigateway-integration"]?["responses"]?["default"]
        #expect(response?["responseParameters"]?["method.response.header.Access-Control-Allow-Methods"] == .string("'GET,OPTIONS'"))
        #expect(properties(made, "Own")["EndpointConfiguration"]?["Types"] == .list([.string("REGIONAL")]))
        #expect(properties(made, "Ref")["Body"]?["openapi"] == .string("3.0.1"))
    }

    @Test func `policies are recorded`() throws {
        let made = try template(
            """
            Resources:
              F: {\(Self.function), Policies: [AmazonS3ReadOnlyAccess, AWSLambdaRole, {KinesisCrudPolicy: {StreamName: s}}, !Ref AWS::NoValue,
                {Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}]}}
            """
        )
        let role = properties(made, "FRole")
        #expect(role["Policies"]?.listIfAny.compactMap { $0["PolicyName"]?.textIfAny } == ["FRolePolicy2", "FRolePolicy4"])
        let attached = role["ManagedPolicyArns"]?.listIfAny.compactMap { $0["Fn::Sub"]?.textIfAny } ?? []
        #expect(attached.last == "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaRole")
    }

    @Test func `a layer is called by its content`() throws {
        let text = "Resources: {L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: s3://b/%}}}\nOutputs: {O: {Value: !Ref L}}"
        let names = try ["one", "two"].map { key -> String in
            let made = try template(text.replacing("%", with: key))
            #expect(made.resources.first?.deletionPolicy == "Retain")
            #expect(made.outputs.first?.value["Ref"]?.textIfAny == made.resources.first?.name)
            return made.resources.first?.name ?? ""
        }
        #expect(Set(names).count == 2 && names.allSatisfy { $0.hasPrefix("L") && $0.count == 11 })
    }

    @Test(arguments: [
        ("Globals: {Foo: {a: b}}\nResources: {S: {Type: AWS::S3::Bucket}}", "'Globals' section is invalid. 'Foo' is not supported."),
        ("Globals: {Function: {Policies: x}}\nResources: {S: {Type: AWS::S3::Bucket}}", "'Policies' is not a supported property of 'Function'."),
        (
            "Resources: {F: {\(function), Nope: 1}}}",
            "Resource with id [F] is invalid. property Nope not defined for resource of type AWS::Serverless::Function"
        ),
        (
            "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.12}}}",
            "Only one of 'InlineCode' or 'CodeUri' can be set."
        ),
        ("Resources: {F: {\(function), Events: [1]}}}", "Type of property 'Events' is invalid."),
        ("Resources: {F: {\(function), Events: {E: {Type: Foo}}}}}", "Event Type is: Foo."),
        ("Resources: {F: {\(function), Events: {E: {Type: SQS}}}}}", "Events of type SQS are not carried out by personalite."),
        (
            "Resources: {F: {\(function), Events: {E: {Type: Api, Properties: {Path: /x}}}}}}",
            "Event with id [E] is invalid. Property 'Method' is required."
        ),
        (
            "Resources: {F: {\(function), Events: {E: {Type: Api, Properties: {Path: /x, Method: get, RestApiId: !Ref N}}}}}}",
            "RestApiId must be a valid reference"
        ),
        (
            """
            Resources: {F: {\(function), Events: {E: {Type: Api, Properties: {Path: /x, Method: get}}, G: {Type: Api, Properties: {Path: /x, Method: get}}}}}}
            """, "Event with id [G] is invalid. API method \"get\" defined multiple times for path \"/x\"."
        ),
        ("Resources: {F: {\(function), Policies: [{FooPolicy: {}}]}}}", "Policy at index 0 in the 'Policies' property is not valid"),
        (
            "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.12, CodeUri: ./src}}}",
            "'CodeUri' is not a valid S3 Uri"
        ),
        ("Resources: {F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}}", "Runtime and Handler needs to be present"),
        ("Resources: {A: {Type: AWS::Serverless::Api}}", "Missing required property 'StageName'."),
        (
            "Resources: {A: {Type: AWS::Serverless::Api, Properties: {StageName: x, Auth: {DefaultAuthorizer: a}}}}",
            "DefaultAuthorizer of Auth is not carried out"
        ),
        ("Resources: {F: {\(function)}}, FRole: {Type: AWS::S3::Bucket}}", "The transform makes a resource of this name"),
        ("Resources: {A: {Type: AWS::Serverless::Application}}", "Type AWS::Serverless::Application is not carried out by personalite."),
    ])
    func `what is wrong is said in the transform's words`(_ text: String, _ words: String) {
        let message = refusal(text)
        #expect(message.hasPrefix("Transform AWS::Serverless-2016-10-31 failed with:") && message.contains(words), "\(message)")
    }

    @Test func `what a template becomes is bounded`() throws {
        let common = "Globals: {Function: {Description: \(String(repeating: "x", count: 40_000))}}\nResources:\n"
        let many = (0..<200).map { "  F\($0): {\(Self.function)}}\n" }.joined()
        #expect(refusal(common + many).contains("more than 4194304 bytes"))
        let events = (0..<1001).map { "E\($0): {Type: Api, Properties: {Path: /e\($0), Method: get}}" }.joined(separator: ", ")
        #expect(refusal("Resources: {F: {\(Self.function), Events: {\(events)}}}}").contains("more than 1000 events"))
        let functions = (0..<251).map { "  F\($0): {\(Self.function)}}\n" }.joined()
        #expect(refusal("Resources:\n" + functions).contains("greater than maximum allowed, 500"))
    }
}
