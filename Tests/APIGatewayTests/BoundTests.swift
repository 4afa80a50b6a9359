import Testing
import Wire

@testable import APIGatewayEmulator

/// What templates, schemas and patterns may take is bounded.
@Suite struct BoundTests {
    private static func render(_ template: String, body: String = "") throws -> String {
        try VelocityTemplate(template).render(VelocityInput(body: body)).text
    }

    @Test func `lists that hold each other are freed`() throws {
        weak var list: VelocityList?
        do {
            let heap = VelocityHeap()
            let made = VelocityList([], heap)
            made.items.append(.list(made))
            list = made
        }
        #expect(list == nil)
    }

    @Test func `a chain of operators is no nesting`() throws {
        #expect(try Self.render("#set($a = 1" + String(repeating: " + 1", count: 150) + ")$a") == "151")
        #expect(try Self.render("#if(false || false || true && true)y#end#if(true && false && true)n#end") == "y")
        let chain = try #require(try? VelocityParserProbe.expression("1 + 2 - 3"))
        guard case .chain(_, let others) = chain else {
            Issue.record("no chain")
            return
        }
        #expect(others.count == 2)
    }

    @Test func `texts are searched as Java does`() throws {
        #expect(try Self.render("$input.path('$').contains('b')$input.path('$').indexOf('\n')", body: #""a\r\nb""#) == "true2")
        #expect(TextSearch(Array("aab".utf8)).first(in: Array("aaaab".utf8)) == 2)
        #expect(TextSearch(Array("aa".utf8)).last(in: Array("aaa".utf8)) == 1)
        #expect(TextSearch(Array("aa".utf8)).apart(in: Array("aaaaa".utf8)) == [0, 2])
    }

    @Test func `a body of many values is refused before it is converted`() {
        let body = "[" + String(repeating: "1,", count: 600_000) + "1]"
        #expect(throws: VelocityFault("The template gives too much")) { try Self.render("$input.path('$').size()", body: body) }
    }

    @Test func `a header that frames an answer is none that a mapping sets`() {
        #expect(!HeaderRules.isMappable("Transfer-Encoding") && !HeaderRules.isMappable("a b") && HeaderRules.isMappable("X-A"))
    }

    @Test func `a bucket whose name looks like an API is a bucket`() {
        let request = WireRequest(method: "GET", path: "/k", headers: ["host": "a.execute-api.b.s3.localhost:4590"])
        #expect(ExecuteTarget(request) == nil)
    }

    @Test func `a stream is nothing that an integration passes on`() {
        #expect(throws: (any Error).self) { try IntegrationTarget("arn:aws:apigateway:us-east-1:kinesis:action/SubscribeToShard") }
    }
}

private enum VelocityParserProbe {
    static func expression(_ text: String) throws -> VelocityExpression {
        var parser = VelocityParser(Array(text.utf8))
        return try parser.expression()
    }
}
