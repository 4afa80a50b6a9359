import ServiceKit
import Testing
import Wire

@testable import CloudFormationEmulator

/// What is wrong with a template is said before anything is made, and no template takes more than it should.
@Suite struct TemplateRefusalTests {
    private struct NoServices: ServiceCaller {
        func call(_ service: String, _ operation: String, _ input: Document, _ call: Call) throws(ServiceError) -> Document? { nil }
        func object(bucket: String, key: String, limit: Int, _ call: Call) throws(ServiceError) -> [UInt8] { [] }
    }

    /// As a request to make a stack of it is taken.
    private func submit(_ text: String, _ given: [(String, String)] = []) throws {
        let template = try Template(text)
        let call = Call(account: "000000000000", region: "eu-west-1", now: Timestamp(milliseconds: 0), requestID: "test")
        let parameters = given.map { Document.members([("ParameterKey", .string($0.0)), ("ParameterValue", .string($0.1))]) }
        let values = try ParameterValues(template.parameters, given: parameters, previous: [:], NoServices(), call)
        var evaluator = try Evaluator(template, values, StackPlace(account: "000000000000", region: "eu-west-1", id: "arn:stack", name: "st"))
        try evaluator.checkRules()
        evaluator.placeholder = StackDifference.unknown
        evaluator.exported = { _ in StackDifference.unknown.textIfAny }
        try evaluator.rehearse()
    }

    private func refusal(_ text: String, _ given: [(String, String)] = []) -> String {
        let error = #expect(throws: ServiceError.self) { try submit(text, given) }
        #expect(error?.code == "ValidationError")
        return error?.message ?? ""
    }

    private static let bucket = "\nResources: {B: {Type: AWS::S3::Bucket}}"

    @Test(arguments: [
        ("Outputs: {O: {Value: !GetAtt B.Colour}}", "Template error: resource B does not support attribute type Colour in Fn::GetAtt"),
        ("Outputs: {O: {Value: !GetAtt Nobody.Arn}}", "Template error: instance of Fn::GetAtt references undefined resource Nobody"),
        ("Outputs: {O: {Value: !Sub '${Nobody.Arn}'}}", "Template error: instance of Fn::Sub references invalid resource attribute Nobody.Arn"),
        ("Outputs: {O: {Value: !Sub ['${B.Colour}', {x: y}]}}", "Template error: resource B does not support attribute type Colour in Fn::GetAtt"),
        (
            "Outputs: {O: {Value: !Ref Nobody}}",
            "Template format error: Unresolved resource dependencies [Nobody] in the Outputs block of the template"
        ),
        ("Outputs: {O-1: {Value: x}}", "Template format error: Output name O-1 is non alphanumeric."),
        ("Parameters: {a_b: {Type: String, Default: x}}", "Template format error: Parameter name a_b is non alphanumeric."),
        ("Outputs: {O: {Value: [a]}}", "Template format error: The Value field of every Outputs member must evaluate to a String and not a List."),
        ("Outputs: {O: {Value: {a: b}}}", "Template format error: The Value field of every Outputs member must evaluate to a String."),
        ("Outputs: {O: {Value: !Ref AWS::NoValue}}", "Template format error: The Value field of every Outputs member must evaluate to a String."),
        (
            "Outputs: {O: {Value: x, Export: {Name: !Ref B}}}",
            "Template format error: Output O is malformed.  The Name field of Export must not depend on any resources, imported values, or Fn::GetAZs."
        ),
        (
            "Outputs: {O: {Value: x, Export: {Name: !ImportValue y}}}",
            "Template format error: Output O is malformed.  The Name field of Export must not depend on any resources, imported values, or Fn::GetAZs."
        ),
        (
            "Outputs: {O: {Value: x, Export: {Name: a.b}}}",
            """
            Template format error: Output O is malformed. The Name field of every Export member must be specified and consist only of alphanumeric \
            characters, colons, or hyphens.
            """
        ),
        (
            "Outputs: {O: {Value: x, Export: {}}}",
            """
            Template format error: Output O is malformed. The Name field of every Export member must be specified and consist only of alphanumeric \
            characters, colons, or hyphens.
            """
        ),
        (
            "Outputs: {O: {Value: x, Export: {Name: a}}, P: {Value: y, Export: {Name: !Join ['', [a]]}}}",
            "Template format error: The Outputs section contains duplicate Export names: [a]. Specify a unique name for each export."
        ),
    ])
    func `what outputs and names may not be`(sections: String, words: String) {
        #expect(refusal(sections + Self.bucket) == words)
    }

    @Test func `a resource whose condition does not hold is not there`() throws {
        let conditions = "Conditions: {No: !Equals [a, b], Yes: !Equals [a, a]}\n"
        let words = "Template format error: Unresolved resource dependencies [A] in the Resources block of the template"
        let resources = "Resources: {A: {Type: AWS::S3::Bucket, Condition: No}, B: {Type: AWS::S3::Bucket, Properties: {BucketName: %}}}"
        func template(_ name: String) -> String {
            conditions + resources.split(separator: "%", omittingEmptySubsequences: false).joined(separator: name)
        }
        #expect(refusal(template("!Ref A")) == words)
        #expect(refusal(template("!GetAtt A.Arn")) == words)
        try submit(template("!If [Yes, b, !Ref A]"))
    }

    @Test func `what nobody knows yet is passed on`() throws {
        let resources = "Resources: {A: {Type: AWS::S3::Bucket}, B: {Type: AWS::S3::Bucket, Properties: {BucketName: %}}}"
        for name in ["!Select [5, !Split [':', !GetAtt A.Arn]]", "!Join ['-', !Split ['.', !Sub '${A.DomainName}']]", "!ImportValue x"] {
            try submit(resources.split(separator: "%", omittingEmptySubsequences: false).joined(separator: name))
        }
    }

    /// One that would need a call for each would need more stack than a thread has.
    @Test func `a chain of conditions may be as long as a template`() throws {
        let count = 20_000
        let chain = (0..<count).map { "  C\($0): !Condition C\($0 + 1)\n" }.joined()
        try submit("Conditions:\n\(chain)  C\(count): !Equals [a, a]\(Self.bucket)")
        #expect(refusal("Conditions:\n\(chain)  C\(count): !Condition C0\(Self.bucket)").contains("Circular dependency between conditions"))
    }

    @Test func `a short template cannot ask for much memory`() {
        let values = (0..<600).map { "        - !Ref P\($0 % 5)\n" }.joined()
        let wide = (0..<20).map { "  O\($0):\n    Value: !Join\n      - ''\n      -\n\(values)" }.joined()
        let parameters = (0..<5).map { "  P\($0): {Type: String}\n" }.joined()
        let given = (0..<5).map { ("P\($0)", String(repeating: "x", count: 4096)) }
        #expect(
            refusal("Parameters:\n\(parameters)Outputs:\n\(wide)\(Self.bucket)", given) == "Template error: the values of the template are too long"
        )
    }

    @Test func `texts have limits`() {
        let long = String(repeating: "x", count: 1025)
        #expect(refusal("Description: \(long)\(Self.bucket)") == "Template format error: 'Description' length is greater than 1024.")
        let given = [("P", String(repeating: "x", count: 4097))]
        #expect(refusal("Parameters: {P: {Type: String}}\(Self.bucket)", given) == "Parameter 'P' must contain at most 4096 characters")
    }
}
