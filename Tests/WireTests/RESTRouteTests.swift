import Shapes
import Testing
import Wire

@Suite struct RESTRouteTests {
    private static let router = RESTRouter(Lambda.routes, others: Lambda.others)

    private func match(_ method: String, _ path: String, query: String = "") throws -> RESTRoute.Match {
        guard case .operation(let match) = Self.router.find(method: method, path: path, query: query) else { throw Missing() }
        return match
    }

    private struct Missing: Error {}

    @Test func `method and path tell operations apart`() throws {
        #expect(try match("POST", "/2015-03-31/functions").route.name == "CreateFunction")
        #expect(try match("GET", "/2015-03-31/functions/").route.name == "ListFunctions")
        #expect(try match("GET", "/2015-03-31/functions/f").route.name == "GetFunction")
        #expect(try match("POST", "/2015-03-31/functions/f/invocations").route.name == "Invoke")
        #expect(throws: Missing.self) { try match("POST", "/2015-03-31/functions/f") }
        #expect(throws: Missing.self) { try match("GET", "/2015-03-31/functions/%zz") }
        #expect(try match("GET", "/2018-10-31/layers").route.name == "ListLayers")
        #expect(try match("GET", "/2018-10-31/layers", query: "find=LayerVersion&Arn=a").route.name == "GetLayerVersionByArn")
        guard case .other(let name) = Self.router.find(method: "GET", path: "/2016-08-19/account-settings") else { throw Missing() }
        #expect(name == "GetAccountSettings")
    }

    @Test func `members stand where the model has them`() throws {
        let request = WireRequest(
            method: "GET",
            path: "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af",
            query: "tagKeys=a&tagKeys=b%20c"
        )
        let untag = try match("DELETE", request.path).document(request, body: nil)
        #expect(untag["Resource"]?.textIfAny == "arn:aws:lambda:us-east-1:000000000000:function:f")
        #expect(untag["TagKeys"] == .list([.string("a"), .string("b c")]))
        let list = WireRequest(method: "GET", path: "/2015-03-31/functions", query: "MaxItems=7&Marker=x")
        let document = try match("GET", list.path).document(list, body: nil)
        #expect(document["MaxItems"] == .integer(7))
        #expect(document["Marker"] == .string("x"))
    }

    @Test func `a body says nothing of what stands elsewhere`() throws {
        let request = WireRequest(method: "PUT", path: "/2015-03-31/functions/f/code")
        let body = Document.members([("FunctionName", .string("other")), ("DryRun", .boolean(true))])
        let document = try match("PUT", request.path).document(request, body: body)
        #expect(document["FunctionName"] == .string("f"))
        #expect(document["DryRun"] == .boolean(true))
    }

    @Test func `every pattern of the model can be matched`() {
        var seen: Set<String> = []
        var left = Lambda.routes.map(\.input)
        while let shape = left.popLast() {
            guard seen.insert(shape.name).inserted else { continue }
            if let pattern = shape.pattern { #expect(Pattern.isReadable(pattern.text), "\(shape.name): \(pattern.text)") }
            switch shape.kind {
            case .structure(let members): left += members.map(\.shape)
            case .list(let member): left.append(member)
            case .map(let key, let value): left += [key, value]
            default: break
            }
        }
        #expect(seen.count > 50)
        let alias = Pattern("(?!^[0-9]+$)([a-zA-Z0-9-_]+)")
        #expect(alias.matches("v1") && !alias.matches("12") && !alias.matches("") && !alias.matches("a.b"))
        let bucket = Pattern("[0-9A-Za-z\\.\\-_]*(?<!\\.)")
        #expect(bucket.matches("a.b") && !bucket.matches("a.") && bucket.matches(""))
    }
}
