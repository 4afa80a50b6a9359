import ServiceKit
import Synchronization
import Testing
import Wire

@testable import EventBridgeEmulator

/// What is due by a clock of the test's.
@Suite struct DueItemsTests {
    private final class Done: Sendable {
        let items = Mutex<[String]>([])
    }

    @Test func `what is due is done, and again when it says so`() {
        let time = ManualTime(Timestamp(milliseconds: 0))
        let (items, done) = (DueItems(time: time, name: "test"), Done())
        items.start(["late": 5000]) { item in
            let count = done.items.withLock { items in
                items.append(item)
                return items.count { $0 == item }
            }
            return item == "twice" && count == 1 ? 2000 : nil
        }
        items.set("twice", at: 1000)
        items.set("never", at: 1500)
        items.set("never", at: nil)
        time.advance(bySeconds: 1.5)
        items.lookAndWait()
        #expect(done.items.withLock { $0 } == ["twice"])
        time.advance(bySeconds: 1)
        items.lookAndWait()
        time.advance(bySeconds: 10)
        items.lookAndWait()
        #expect(done.items.withLock { $0 } == ["twice", "twice", "late"] && items.all.isEmpty)
        items.set("stopped", at: 0)
        items.stop()
        items.set("stopped", at: 0)
        items.lookAndWait()
        #expect(done.items.withLock { $0.filter { $0 == "stopped" }.count } <= 1)
    }
}
