import Logging
import SQLite
import ServiceKit
import Testing
import Wire

@testable import EventBridgeEmulator

/// What a start goes on with.
@Suite struct EarlierRunTests {
    /// Neither is asked for anything here.
    private struct Others: ServiceCaller, FunctionInvoker, FunctionLog {
        func call(_ service: String, _ operation: String, _ input: Document, _ call: Call) throws(ServiceError) -> Document? { nil }
        func object(bucket: String, key: String, limit: Int, _ call: Call) throws(ServiceError) -> [UInt8] { [] }
        func invoke(_ invocation: FunctionInvocation, completion: @escaping @Sendable (Result<FunctionAnswer, ServiceError>) -> Void) {}
        func append(_ lines: [String], group: String, stream: String, account: String, region: String) {}
    }

    @Test func `a schedule and a delivery that cannot be read hold no others up`() throws {
        let (store, time, others) = (try Store(directory: nil), ManualTime(), Others())
        let call = Call(account: "000000000000", region: "us-east-1", now: time.now, requestID: "r")
        let later = time.now.milliseconds + 60_000
        try store.write { transaction in
            let table = RecordTable.shared(transaction.database)
            for name in ["a", "b", "c"] {
                let key = RuleSchedule.Key(account: call.account, region: call.region, rule: name)
                try RuleSchedule(key: key, expression: "rate(1 minute)", due: later).save(in: table)
                try PendingDelivery(id: name, .null, .null, rule: name, call, at: later).save(in: table)
            }
            try transaction.database.execute("UPDATE record SET body = x'7b' WHERE name IN ('000000000000/us-east-1/b', 'b')")
        }
        let service = EventBridgeService(
            store: store,
            caller: others,
            functions: others,
            logs: others,
            time: time,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        service.start()
        defer { service.stop() }
        #expect(Set(service.schedules.all.keys.map { $0.split(separator: "/").last.map(String.init) }) == ["a", "c"])
        #expect(Set(service.retries.all.keys) == ["a", "c"])
    }
}
