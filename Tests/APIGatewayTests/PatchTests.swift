import Testing
import Wire

@testable import APIGatewayEmulator
@testable import ServiceKit

/// Updates by patch operations.
@Suite struct PatchTests {
    private static func apply(_ operations: [(op: String, path: String, value: String?)], to text: String, _ rules: [PatchRule]) throws -> String {
        let patches = operations.map { operation in
            Document.members([("op", .string(operation.op)), ("path", .string(operation.path)), ("value", operation.value.map { .string($0) })])
        }
        return JSON.text(try Patch.apply(.members([("patchOperations", .list(patches))]), to: JSON.parse(text), rules))
    }

    @Test func `members, maps, lists and stages`() throws {
        #expect(
            try Self.apply([("replace", "/name", "b"), ("remove", "/description", nil)], to: #"{"name":"a","description":"d"}"#, PatchRules.api)
                == #"{"name":"b"}"#
        )
        #expect(try Self.apply([("add", "/binaryMediaTypes/image~1png", nil)], to: "{}", PatchRules.api) == #"{"binaryMediaTypes":["image/png"]}"#)
        #expect(
            try Self.apply(
                [("replace", "/endpointConfiguration/types/EDGE", "REGIONAL")],
                to: #"{"endpointConfiguration":{"types":["EDGE"]}}"#,
                PatchRules.api
            ) == #"{"endpointConfiguration":{"types":["REGIONAL"]}}"#
        )
        #expect(
            try Self.apply([("add", "/requestTemplates/application~1json", "{}")], to: "{}", PatchRules.integration)
                == #"{"requestTemplates":{"application/json":"{}"}}"#
        )
        #expect(
            try Self.apply([("replace", "/~1pets/GET/throttling/rateLimit", "1.5")], to: "{}", PatchRules.stage)
                == #"{"methodSettings":{"/pets/GET":{"throttlingRateLimit":1.5}}}"#
        )
        #expect(
            try Self.apply([("add", "/apiStages", "a:b"), ("add", "/apiStages", "c:d"), ("remove", "/apiStages", "a:b")], to: "{}", PatchRules.plan)
                == #"{"apiStages":[{"apiId":"c","stage":"d"}]}"#
        )
        #expect(
            try Self.apply(
                [("replace", "/apiKeyRequired", "true"), ("add", "/requestParameters/method.request.header.A", "true")],
                to: "{}",
                PatchRules.method
            ) == #"{"apiKeyRequired":true,"requestParameters":{"method.request.header.A":true}}"#
        )
    }

    @Test func `members that go together are only removed together`() throws {
        #expect(try Self.apply([("remove", "/throttle", nil)], to: #"{"throttle":{"rateLimit":1},"name":"a"}"#, PatchRules.plan) == #"{"name":"a"}"#)
        for op in ["add", "replace"] {
            #expect(throws: ServiceError.self) { try Self.apply([(op, "/throttle", "abc")], to: "{}", PatchRules.plan) }
        }
    }

    @Test(arguments: [
        ("replace", "/nothing", "x", "Invalid patch path  '/nothing' specified for op 'replace'. Must be one of: [/pathPart, /parentId]"),
        ("remove", "/pathPart", nil, "Invalid patch path  '/pathPart' specified for op 'remove'. Must be one of: [/pathPart, /parentId]"),
        ("move", "/pathPart", "x", "Invalid patch operation specified. Must be one of: [add, remove, replace]"),
        ("replace", "/pathPart", nil, "Invalid patch value 'null' specified for path '/pathPart'"),
    ])
    func `what cannot be changed is refused`(op: String, path: String, value: String?, message: String) {
        let error = #expect(throws: ServiceError.self) { try Self.apply([(op, path, value)], to: "{}", PatchRules.resource) }
        #expect(error?.message == message && error?.code == "BadRequestException")
    }
}
