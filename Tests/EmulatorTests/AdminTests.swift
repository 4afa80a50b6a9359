import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct AdminTests {
    private func ask(_ harness: EmulatorHarness, _ method: String, _ path: String, headers fields: [(name: String, value: String)]) -> WireResponse {
        harness.answer(WireRequest(method: method, path: "/_personalite/\(path)", headers: WireHeaders(fields)))
    }

    @Test func `health and version answer at once, ready when start-up is done`() throws {
        let harness = try EmulatorHarness()
        #expect(ask(harness, "GET", "health", headers: [("host", "localhost")]).status == 200)
        #expect(ask(harness, "GET", "version", headers: [("host", "localhost")]).text.contains("version"))
        #expect(ask(harness, "GET", "ready", headers: [("host", "localhost")]).status == 503)
        harness.emulator.parts.resume()
        #expect(ask(harness, "GET", "ready", headers: [("host", "localhost")]).status == 200)
    }

    @Test func `reset forgets everything`() throws {
        let harness = try EmulatorHarness()
        _ = harness.json("AmazonPersonalize.CreateDatasetGroup", #"{"name":"g"}"#)
        #expect(ask(harness, "POST", "reset", headers: [("host", "localhost:4590")]).status == 200)
        #expect(harness.json("AmazonPersonalize.ListDatasetGroups", "{}").text == #"{"datasetGroups":[]}"#)
    }

    @Test(arguments: [
        [("host", "evil.example")], [("host", "localhost.evil.example")], [("host", "127.0.0.1.evil.example")], [],
        [("host", "localhost"), ("origin", "https://evil.example")], [("host", "localhost"), ("origin", "null")],
        [("host", "localhost"), ("origin", "http://localhost.evil.example")],
    ])
    func `a page of another origin cannot reset`(fields: [(name: String, value: String)]) throws {
        let harness = try EmulatorHarness()
        _ = harness.json("AmazonPersonalize.CreateDatasetGroup", #"{"name":"g"}"#)
        #expect(ask(harness, "POST", "reset", headers: fields).status == 403)
        #expect(harness.json("AmazonPersonalize.ListDatasetGroups", "{}").text.contains("dataset-group/g"))
    }

    @Test(arguments: ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.8.7:4590", "[::1]", "[::1]:4590"])
    func `loopback names may reset`(host: String) throws {
        #expect(ask(try EmulatorHarness(), "POST", "reset", headers: [("host", host)]).status == 200)
    }

    @Test func `a wrong method gets 405, a wrong path 404`() throws {
        let harness = try EmulatorHarness()
        #expect(ask(harness, "GET", "reset", headers: [("host", "localhost")]).status == 405)
        #expect(ask(harness, "GET", "nothing", headers: [("host", "localhost")]).status == 404)
    }
}
