import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct ClockTests {
    private let machine = ManualTime()

    @Test func `the clock is the machine's until it is touched`() {
        let clock = ServerClock(machine)
        machine.advance(bySeconds: 12.345)
        #expect(clock.now == machine.now)
        #expect(clock.ahead == 0)
    }

    @Test func `frozen time stands still and can be advanced`() {
        let clock = ServerClock(machine)
        clock.change(rate: 0)
        let stopped = clock.now
        machine.advance(bySeconds: 100)
        #expect(clock.now == stopped)
        clock.change(advanceBySeconds: 7200)
        #expect(clock.now == stopped.advanced(bySeconds: 7200))
        clock.change(rate: 1)
        machine.advance(bySeconds: 1)
        #expect(clock.now == stopped.advanced(bySeconds: 7201))
    }

    @Test func `scaled time runs at its pace from where it was`() {
        let clock = ServerClock(machine)
        let start = clock.now
        clock.change(rate: 60)
        machine.advance(bySeconds: 2)
        #expect(clock.now == start.advanced(bySeconds: 120))
        clock.change(rate: 0.5)
        machine.advance(bySeconds: 2)
        #expect(clock.now == start.advanced(bySeconds: 121))
        clock.reset()
        #expect(clock.now == machine.now)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"rate":-1}"#, #"{"rate":"1"}"#, #"{"rate":1e9}"#, #"{"advance":-1}"#, #"{"advance":true}"#, #"{"reset":1}"#, #"{"now":1}"#,
    ])
    func `a request that makes no sense is refused in words`(body: String) throws {
        let harness = try EmulatorHarness()
        let answer = post(harness, body)
        #expect(answer.status == 400)
        #expect(answer.text.contains("message"))
    }

    private func post(_ harness: EmulatorHarness, _ body: String, host: String = "localhost") -> WireResponse {
        harness.answer(WireRequest(method: "POST", path: "/_personalite/clock", headers: WireHeaders([("host", host)]), body: Array(body.utf8)))
    }

    @Test func `every service follows, and signatures do not`() throws {
        let harness = try EmulatorHarness()
        #expect(post(harness, #"{"rate":0,"advance":86400}"#).status == 200)
        let read = harness.answer(WireRequest(method: "GET", path: "/_personalite/clock", headers: WireHeaders([("host", "localhost")])))
        let clock = try JSON.parse(Array(read.text.utf8))
        #expect(clock["now"]?.numberIfAny == Double(harness.time.now.milliseconds / 1000 + 86_400))
        #expect(clock["frozen"] == .boolean(true))
        #expect(clock["ahead"]?.numberIfAny == 86_400)
        _ = harness.json("AmazonPersonalize.CreateDatasetGroup", #"{"name":"g"}"#)
        let list = try JSON.parse(Array(harness.json("AmazonPersonalize.ListDatasetGroups", "{}").text.utf8))
        let made = list.required("datasetGroups").items.first?["creationDateTime"]?.numberIfAny
        #expect(made == clock["now"]?.numberIfAny)
        #expect(harness.emulator.parts.authenticator.now == harness.time.now)
    }

    @Test func `a foreign page cannot set the clock`() throws {
        let harness = try EmulatorHarness()
        #expect(post(harness, #"{"rate":0}"#, host: "evil.example").status == 403)
        #expect(harness.emulator.parts.time.setting.rate == 1)
    }

    @Test func `the clock outlives the process, and reset brings it back`() throws {
        let folder = TemporaryFolder()
        let harness = try EmulatorHarness(directory: folder.path)
        _ = post(harness, #"{"rate":0,"advance":1000}"#)
        let there = harness.emulator.parts.time.now
        harness.emulator.shutdown()
        let again = try EmulatorHarness(directory: folder.path)
        #expect(again.emulator.parts.time.now == there)
        let reset = again.answer(WireRequest(method: "POST", path: "/_personalite/reset", headers: WireHeaders([("host", "localhost")])))
        #expect(reset.status == 200)
        #expect(again.emulator.parts.time.now == again.time.now)
    }
}
