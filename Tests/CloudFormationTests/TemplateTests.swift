import ServiceKit
import Testing
import Wire

@testable import CloudFormationEmulator

/// The functions of templates, without stacks.
@Suite struct TemplateTests {
    private struct NoServices: ServiceCaller {
        func call(_ service: String, _ operation: String, _ input: Document, _ call: Call) throws(ServiceError) -> Document? {
            throw ServiceError("ParameterNotFound", nil)
        }
        func object(bucket: String, key: String, limit: Int, _ call: Call) throws(ServiceError) -> [UInt8] { throw ServiceError("NoSuchKey", nil) }
    }

    private static let call = Call(account: "000000000000", region: "eu-west-1", now: Timestamp(milliseconds: 0), requestID: "test")

    private func evaluator(_ template: String, _ given: [(String, String)] = []) throws -> Evaluator {
        let template = try Template(template)
        let parameters = given.map { Document.members([("ParameterKey", .string($0.0)), ("ParameterValue", .string($0.1))]) }
        let values = try ParameterValues(template.parameters, given: parameters, previous: [:], NoServices(), Self.call)
        return try Evaluator(template, values, StackPlace(account: "000000000000", region: "eu-west-1", id: "arn:stack", name: "st"))
    }

    /// A template with one resource of one property.
    private func value(_ yaml: String, _ sections: String = "") throws -> Document? {
        let indented = yaml.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n      ")
        let text = "\(sections)\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      P: \(indented)\n"
        let evaluator = try evaluator(text)
        return try evaluator.value(try #require(evaluator.template.resource("B")).properties)?["P"]
    }

    @Test(arguments: [
        ("!Join ['-', [a, !Ref AWS::Region]]", "a-eu-west-1"),
        ("!Sub '${AWS::AccountId}.${!X}.${AWS::URLSuffix}'", "000000000000.${X}.amazonaws.com"),
        ("!Sub ['${a}${b}', {a: 1, b: true}]", "1true"), ("!Select [1, !Split ['/', 'x/y/z']]", "y"), ("!Base64 hello", "aGVsbG8="),
        ("!Select ['0', !GetAZs '']", "eu-west-1a"), ("!Select [2, !Cidr [10.0.0.0/16, 3, 8]]", "10.0.2.0/24"),
        ("!FindInMap [M, !Ref AWS::Region, k]", "v"), ("!If [Yes, a, b]", "a"), ("!If [No, a, b]", "b"), ("!Ref AWS::StackName", "st"),
        ("!Join ['', !Ref L]", "xyz"), ("!If [Both, a, !Ref AWS::NoValue]", "a"),
    ])
    func `functions`(yaml: String, expected: String) throws {
        let sections = """
            Parameters: {L: {Type: CommaDelimitedList, Default: 'x, y,z'}}
            Mappings: {M: {eu-west-1: {k: v}}}
            Conditions:
              Yes: !Equals [1, '1']
              No: !Not [!Condition Yes]
              Both: !And [!Condition Yes, !Or [!Condition No, !Equals [!Ref AWS::Partition, aws]]]
            """
        #expect(try value(yaml, sections) == .string(expected))
    }

    @Test func `no value is no property`() throws {
        #expect(try value("!Ref AWS::NoValue") == nil)
        #expect(try value("[a, !Ref AWS::NoValue]") == .list([.string("a")]))
    }

    @Test(arguments: [
        ("!FindInMap [M, a, b]", "Unable to get mapping for M::a::b"), ("!Select [5, [a]]", "cannot select nonexistent value at index 5"),
        ("!If [Nobody, a, b]", "Unresolved condition dependency Nobody"), ("{'Fn::Nothing': x}", "unsupported function: Fn::Nothing"),
        ("!Transform {Name: AWS::Include}", "Fn::Transform AWS::Include is not carried out"), ("'{{resolve:ssm:x}}'", "dynamic references"),
        ("!Sub '${a b-c}'", "variable names in Fn::Sub"), ("!Cidr [10.0.0.0/24, 300, 4]", "Fn::Cidr requires"),
    ])
    func `functions that fail say why`(yaml: String, words: String) throws {
        let error = #expect(throws: ServiceError.self) { try value(yaml) }
        #expect(error?.code == "ValidationError")
        #expect(error?.message?.contains(words) == true, "\(error?.message ?? "")")
    }

    private static let bucket = "\nResources: {B: {Type: AWS::S3::Bucket}}"

    @Test(arguments: [
        ("{Type: String, AllowedValues: [a, b]}", "c", "must be one of AllowedValues"), ("{Type: Number}", "x", "must be a number."),
        ("{Type: Number, MaxValue: 3}", "4", "must be a number not greater than 3"), ("{Type: String, MinLength: 2}", "a", "at least 2 characters"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "a1", "must match pattern [a-z]+"),
        ("{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: letters}", "1", "Parameter P failed to satisfy constraint: letters"),
        ("{Type: 'List<Number>'}", "1,x", "must be a list of numbers."),
        ("{Type: 'AWS::SSM::Parameter::Value<String>'}", "n", "Unable to fetch parameters [n]"),
    ])
    func `parameters are held to their constraints`(declaration: String, given: String, words: String) throws {
        let error = #expect(throws: ServiceError.self) { try evaluator("Parameters: {P: \(declaration)}" + Self.bucket, [("P", given)]) }
        #expect(error?.message?.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func `rules are asked`() throws {
        let rule = "Rules: {R: {Assertions: [{Assert: !Not [!Contains [['1', '2'], !Ref P]], AssertDescription: too old}]}}\n"
        let text = rule + "Parameters: {P: {Type: String}}" + Self.bucket
        try evaluator(text, [("P", "6")]).checkRules()
        let error = #expect(throws: ServiceError.self) { try evaluator(text, [("P", "2")]).checkRules() }
        #expect(error?.message == "Template validation error: too old")
    }

    @Test func `resources come after all that they name`() throws {
        let template = try Template(
            """
            Resources:
              A: {Type: AWS::S3::Bucket, DependsOn: C}
              B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub 'x-${A}'}}
              C: {Type: AWS::S3::Bucket}
              D: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: {S: !GetAtt A.Arn}}}
            """
        )
        #expect(try TemplateReferences.order(template.resources).map(\.name) == ["C", "A", "B", "D"])
    }

    @Test(arguments: [
        ("Resources: {B: {Type: AWS::S3::Bucket, Properties: {BucketName: }}}", "[/Resources/B/Properties/BucketName] 'null' values are not allowed"),
        ("Resources: {B: {Type: AWS::S3::Bucket, Properties: {Tags: [~]}}}", "[/Resources/B/Properties/Tags/0] 'null' values are not allowed"),
        ("Resources: {B: {Type: AWS::S3::Bucket, DependsOn: 5}}", "Every DependsOn value must be a string."),
        ("Resources: {B: {Type: AWS::S3::Bucket, DependsOn: [{Ref: A}]}}", "Every DependsOn value must be a string."),
        ("Resources: {B: {Type: AWS::S3::Bucket, Condition: [C]}}", "Every Condition member must be a string."),
        ("Resources: [a]", "unsupported structure."), ("Parameters: [a]\nResources: {B: {Type: AWS::S3::Bucket}}", "unsupported structure."),
        ("Resources: {B: {Type: AWS::S3::Bucket, DeletionPolicy: Perhaps}}", "Unrecognized DeletionPolicy Perhaps for resource B"),
    ])
    func `what is malformed is not passed over`(template: String, words: String) {
        let error = #expect(throws: ServiceError.self) { try Template(template) }
        #expect(error?.message?.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func `metadata may be anything`() throws {
        #expect(try Template("Metadata: {a: }\nResources: {B: {Type: AWS::S3::Bucket, Metadata: {a: [~]}}}").resources.count == 1)
    }

    @Test(arguments: [
        ("Resources", 500, "{Type: AWS::S3::Bucket}"), ("Outputs", 200, "{Value: x}"), ("Parameters", 200, "{Type: String, Default: x}"),
    ])
    func `a template has limits`(section: String, maximum: Int, entry: String) throws {
        func template(_ count: Int) -> String {
            let entries = (0..<count).map { "  E\($0): \(entry)" }.joined(separator: "\n")
            return "\(section):\n\(entries)\n" + (section == "Resources" ? "" : Self.bucket)
        }
        _ = try Template(template(maximum))
        let error = #expect(throws: ServiceError.self) { try Template(template(maximum + 1)) }
        let words = "Template format error: Number of \(section.lowercased()), \(maximum + 1), is greater than maximum allowed, \(maximum)"
        #expect(error?.message == words)
    }

    @Test func `every property of a type is in one list only`() throws {
        for type in ResourceTypes.all.values {
            #expect(type.carried.isDisjoint(with: type.recorded) && type.carried.isDisjoint(with: type.refused), "\(type.name)")
            #expect(type.createOnly.isSubset(of: type.carried), "\(type.name)")
            #expect(Set(type.required).isSubset(of: type.carried), "\(type.name)")
            #expect(type.lists.union(type.maps).union(type.documents).isSubset(of: type.carried), "\(type.name)")
            #expect(type.lists.isDisjoint(with: type.maps) && type.documents.isDisjoint(with: type.lists.union(type.maps)), "\(type.name)")
        }
    }
}
