import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// What browsers may do, by the headers that they add and that no page can change.
@Suite struct CrossOriginTests {
    private static let services: [(method: String, path: String, target: String?)] = [
        ("POST", "/", "AmazonPersonalize.ListSchemas"), ("POST", "/events", nil), ("POST", "/recommendations", nil), ("GET", "/bucket/key", nil),
        ("PUT", "/bucket/key", nil), ("GET", "/_personalite/version", nil), ("GET", "/_personalite/health", nil),
    ]

    private func ask(
        _ harness: EmulatorHarness,
        _ service: (method: String, path: String, target: String?),
        _ fields: [(name: String, value: String)]
    ) -> WireResponse {
        var all = fields + [("content-type", "application/x-amz-json-1.1")]
        if let target = service.target { all.append(("x-amz-target", target)) }
        let body = service.method == "POST" ? Array("{}".utf8) : []
        return harness.answer(WireRequest(method: service.method, path: service.path, headers: WireHeaders(all), body: body))
    }

    @Test(arguments: [
        [("host", "localhost:4590"), ("origin", "https://evil.example")], [("host", "localhost:4590"), ("origin", "null")],
        [("host", "localhost:4590"), ("origin", "http://localhost:3000")], [("host", "localhost:4590"), ("origin", "http://localhost")],
        [("host", "localhost:4590"), ("origin", "http://127.0.0.1:4590")], [("host", "localhost:4590"), ("origin", "")],
        [("host", "localhost:4590"), ("origin", "http://localhost:4590"), ("origin", "https://evil.example")],
        // Another server of this machine, on the other port that need not be named.
        [("host", "localhost"), ("origin", "https://localhost")], [("host", "[::1]"), ("origin", "https://[::1]")],
        [("host", "localhost:443"), ("origin", "http://localhost")],
        // A name of the page's own that was made to point here.
        [("host", "evil.example:4590"), ("origin", "http://evil.example:4590")],
        [("host", "127.0.0.1.evil.example"), ("origin", "http://127.0.0.1.evil.example")],
        // What comes without an Origin: images, links, scripts.
        [("host", "localhost:4590"), ("sec-fetch-site", "cross-site")], [("host", "localhost:4590"), ("sec-fetch-site", "same-site")],
        [("host", "localhost:4590"), ("sec-fetch-site", "cross-site"), ("referer", "https://evil.example/https://a.example")],
    ])
    func `pages of other origins are refused by every service`(fields: [(name: String, value: String)]) throws {
        let harness = try EmulatorHarness { $0.allowedOrigins = ["https://a.example"] }
        for service in Self.services {
            let answer = ask(harness, service, fields)
            #expect(answer.status == 403, "\(service)")
            #expect(answer.text.contains("--allow-origin"), "\(service)")
            #expect(answer.header("access-control-allow-origin") == nil)
        }
    }

    @Test func `a port that need not be named is the scheme's, and the listener knows which it is`() throws {
        let harness = try EmulatorHarness { $0.allowedOrigins = ["HTTPS://A.example:443"] }
        func status(_ origin: String, isSecure: Bool) -> Int {
            let fields: WireHeaders = ["host": "localhost", "origin": origin, "content-type": "application/x-amz-json-1.1"]
            var request = WireRequest(method: "GET", path: "/_personalite/health", headers: fields)
            request.isSecure = isSecure
            return harness.answer(request).status
        }
        #expect(status("https://localhost", isSecure: true) == 200 && status("http://localhost", isSecure: false) == 200)
        #expect(status("http://localhost", isSecure: true) == 403 && status("https://localhost", isSecure: false) == 403)
        #expect(status("https://a.example", isSecure: false) == 200 && status("https://a.example:444", isSecure: false) == 403)
        #expect(status("http://a.example", isSecure: false) == 403)
    }

    @Test func `a foreign page's question is refused, and nothing of an upload is taken`() throws {
        let harness = try EmulatorHarness()
        let fields = WireHeaders([
            ("host", "localhost"), ("origin", "https://evil.example"), ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "authorization"),
        ])
        for path in ["/", "/events", "/recommendations", "/bucket/key"] {
            let answer = harness.answer(WireRequest(method: "OPTIONS", path: path, headers: fields))
            #expect(answer.status == 403)
            #expect(!answer.headers.contains { $0.name.hasPrefix("access-control-") })
        }
        guard case .refuse(let answer) = harness.emulator.admit(WireRequest(method: "PUT", path: "/bucket/key", headers: fields)) else {
            Issue.record("the upload was admitted")
            return
        }
        #expect(answer.status == 403)
    }

    @Test(arguments: [
        [("host", "localhost:4590")], [("host", "localhost:4590"), ("origin", "http://localhost:4590")],
        [("host", "LOCALHOST:4590"), ("origin", "http://localhost:4590")], [("host", "127.0.0.1"), ("origin", "http://127.0.0.1")],
        [("host", "localhost:443"), ("origin", "https://localhost")], [("host", "[::1]:4590"), ("origin", "http://[::1]:4590")],
        [("host", "films.localhost:4590"), ("origin", "http://films.localhost:4590")],
        [("host", "192.0.2.1:4590"), ("origin", "http://192.0.2.1:4590")],
        [("host", "localhost:4590"), ("sec-fetch-site", "same-origin")], [("host", "localhost:4590"), ("sec-fetch-site", "none")],
        [("host", "localhost:4590"), ("origin", "https://A.example")],
        [("host", "localhost:4590"), ("sec-fetch-site", "cross-site"), ("referer", "https://a.example/page")],
        [("host", "any.example")],
    ])
    func `pages of its own, named ones and programs are answered`(fields: [(name: String, value: String)]) throws {
        let harness = try EmulatorHarness { $0.allowedOrigins = ["https://a.example"] }
        for service in Self.services where service.method != "PUT" { #expect(ask(harness, service, fields).status != 403, "\(service)") }
    }

    @Test func `a named page's question is answered before anything else, with its origin`() throws {
        let harness = try EmulatorHarness { $0.allowedOrigins = ["https://a.example", "http://localhost:3000"] }
        for path in ["/", "/events", "/recommendations", "/bucket/key"] {
            let answer = harness.answer(WireRequest(method: "OPTIONS", path: path, headers: Self.question("http://localhost:3000")))
            #expect(answer.status == 200)
            #expect(answer.text == "")
            #expect(answer.header("access-control-allow-origin") == "http://localhost:3000")
            #expect(answer.header("vary") == "Origin")
            #expect(answer.header("access-control-allow-headers") == "x-amz-target,authorization")
            #expect(answer.header("access-control-allow-methods") == "POST")
            #expect(answer.header("access-control-allow-private-network") == "true")
            #expect(answer.header("access-control-max-age") == "172800")
            #expect(answer.header("x-amzn-requestid")?.count == 36)
            #expect(answer.header("content-type") == nil)
        }
    }

    @Test func `all pages are answered as AWS answers them when all are allowed`() throws {
        let harness = try EmulatorHarness { $0.allowedOrigins = ["*"] }
        let answer = harness.answer(WireRequest(method: "OPTIONS", path: "/", headers: Self.question("https://b.example")))
        #expect(answer.header("access-control-allow-origin") == "*")
        #expect(answer.header("vary") == nil)
    }

    private static func question(_ origin: String) -> WireHeaders {
        WireHeaders([
            ("host", "localhost"), ("origin", origin), ("access-control-request-headers", "x-amz-target,authorization"),
            ("access-control-request-method", "POST"), ("access-control-request-private-network", "true"),
        ])
    }

    @Test(arguments: [("AmazonPersonalize.ListSchemas", "{}", 200), ("AmazonPersonalize.ListSchemas", "[", 400), ("Nothing.At", "{}", 400)])
    func `named pages may read every answer`(target: String, body: String, status: Int) throws {
        let harness = try EmulatorHarness { $0.allowedOrigins = ["https://a.example"] }
        for origin in ["https://a.example", nil] {
            var fields: [(name: String, value: String)] = [("host", "localhost"), ("content-type", "application/x-amz-json-1.1")]
            fields.append(("x-amz-target", target))
            if let origin { fields.append(("origin", origin)) }
            let answer = harness.answer(WireRequest(method: "POST", path: "/", headers: WireHeaders(fields), body: Array(body.utf8)))
            #expect(answer.status == status)
            #expect(answer.header("access-control-allow-origin") == origin)
            #expect(answer.header("access-control-expose-headers")?.contains("x-amzn-RequestId") == origin.map { _ in true })
        }
    }

    /// Uploads are answered by another way than other requests, whether they are refused from the head alone or taken.
    @Test(arguments: [(nil, 411), ("1", 404)])
    func `named pages may read the answers to uploads`(length: String?, status: Int) throws {
        let harness = try EmulatorHarness { $0.allowedOrigins = ["https://a.example"] }
        for origin in ["https://a.example", nil] {
            var fields: [(name: String, value: String)] = [("host", "localhost")]
            if let length { fields.append(("content-length", length)) }
            if let origin { fields.append(("origin", origin)) }
            let answer = harness.converse(WireRequest(method: "PUT", path: "/bucket/key", headers: WireHeaders(fields), body: [1]))
            #expect(answer.status == status)
            #expect(answer.header("access-control-allow-origin") == origin)
        }
    }

    @Test(arguments: ["*", "null", "https://a.example", "http://localhost:3000", "chrome-extension://abc"])
    func `an origin is a scheme and an authority`(text: String) {
        #expect(ServerConfiguration.isOrigin(text))
    }

    @Test(arguments: ["", "a.example", "https://", "https://a.example/page", "://a", "https://a b", "https://me@a.example"])
    func `what is no origin is told apart`(text: String) {
        #expect(!ServerConfiguration.isOrigin(text))
    }
}
