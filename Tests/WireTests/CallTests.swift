import Synchronization
import Testing
import Wire

/// What an answer waits for belongs to the request, whatever is learned of its caller on the way.
@Suite struct CallTests {
    private struct Lost: Error {}

    @Test func `a call that changes on the way keeps its acknowledgement`() {
        let call = Call(account: "a", region: "r", now: Timestamp(milliseconds: 0), requestID: "id")
        call.acknowledgement.waits(for: PendingWrite { $0(Lost()) })
        let known = call.from(account: "b", region: "s").later(Timestamp(milliseconds: 1))
        #expect((known.account, known.region, known.now.milliseconds, known.requestID) == ("b", "s", 1, "id"))
        let failures = Mutex<[any Error]>([])
        known.acknowledgement.whenSafe { failure in if let failure { failures.withLock { $0.append(failure) } } }
        #expect(failures.withLock { $0.first } is Lost)
    }

    @Test func `the answer waits for every write and hears of the one that failed`() {
        let call = Call(account: "a", region: "r", now: Timestamp(milliseconds: 0), requestID: "id")
        let held = Mutex<(@Sendable ((any Error)?) -> Void)?>(nil)
        call.acknowledgement.waits(for: .nothing)
        call.acknowledgement.waits(for: PendingWrite { done in held.withLock { $0 = done } })
        let heard = Mutex(0)
        call.acknowledgement.whenSafe { _ in heard.withLock { $0 += 1 } }
        #expect(heard.withLock { $0 } == 0)
        held.withLock { $0 }?(nil)
        #expect(heard.withLock { $0 } == 1)
    }
}
