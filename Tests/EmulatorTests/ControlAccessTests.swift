import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Control paths as they are asked from another machine, and by what could be a page.
@Suite struct ControlAccessTests {
    private static let token = "0123456789abcdef"
    private static let paths: [(method: String, path: String, body: String)] = [
        ("POST", "reset", ""), ("POST", "update", ""), ("POST", "clock", #"{"rate":1}"#), ("GET", "clock", ""), ("POST", "faults", "[]"),
        ("GET", "faults", ""), ("PATCH", "effects", #"{"latency":0}"#), ("DELETE", "faults", ""), ("GET", "version", ""), ("GET", "fidelity", ""),
    ]

    private func harness(_ token: String? = token) throws -> EmulatorHarness {
        try EmulatorHarness {
            $0.controlToken = token
            $0.credentials.keys = ["AKIDOWN": Credentials.Key(secret: "own secret")]
        }
    }

    private func request(_ control: (method: String, path: String, body: String), isFromAnotherMachine: Bool = true) -> WireRequest {
        var request = WireRequest(method: control.method, path: "/_personalite/\(control.path)", body: Array(control.body.utf8))
        request.headers = WireHeaders([("host", "localhost")])
        request.isFromAnotherMachine = isFromAnotherMachine
        return request
    }

    private func signed(_ request: WireRequest, id: String, secret: String, _ harness: EmulatorHarness) -> WireRequest {
        var request = request
        RequestSigner(accessKey: id, secret: secret, region: "us-east-1", service: "personalize", rules: .standard)
            .sign(&request, at: harness.time.now)
        return request
    }

    @Test func `another machine needs a signature or the token`() throws {
        for control in Self.paths {
            let harness = try harness()
            let bare = request(control)
            #expect(harness.answer(bare).status == 403, "\(control)")
            #expect(harness.answer(signed(bare, id: "AKIDOWN", secret: "another", harness)).status == 403)
            #expect(harness.answer(signed(bare, id: "test", secret: "test", harness)).status == 403)
            #expect(harness.answer(signed(bare, id: "AKIDOWN", secret: "own secret", harness)).status == 200, "\(control)")
            for (authorization, status) in [
                ("Bearer \(Self.token)", 200), ("bearer \(Self.token)", 200), ("Bearer 0123456789abcdeF", 403), ("Bearer ", 403),
            ] {
                var request = bare
                request.headers.fields.append(("authorization", authorization))
                #expect(harness.answer(request).status == status, "\(control) \(authorization)")
            }
            #expect(harness.answer(request(control, isFromAnotherMachine: false)).status == 200)
        }
    }

    @Test func `without a token nobody has it`() throws {
        var request = request(Self.paths[0])
        request.headers.fields.append(("authorization", "Bearer "))
        #expect(try harness(nil).answer(request).status == 403)
    }

    @Test(arguments: ["health", "ready", "certificate"]) func `probes need nothing`(path: String) throws {
        #expect(try harness().answer(request(("GET", path, ""))).status != 403)
        #expect(try harness().answer(request(("POST", path, ""))).status == 403)
    }

    @Test func `a signature speaks for a name that is not loopback, and for a page that is allowed`() throws {
        let harness = try EmulatorHarness { $0.allowedOrigins = ["https://a.example"] }
        for field in [("host", "server.example:4590"), ("origin", "https://a.example")] {
            var request = request(Self.paths[0], isFromAnotherMachine: false)
            request.headers = WireHeaders(field.0 == "host" ? [field] : [("host", "localhost"), field])
            #expect(harness.answer(request).status == 403)
            #expect(harness.answer(signed(request, id: "test", secret: "test", harness)).status == 200)
        }
    }
}
