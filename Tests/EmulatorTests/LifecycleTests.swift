import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

@Suite struct LifecycleTests {
    private let start = Timestamp(milliseconds: 1_700_000_000_000)

    @Test(arguments: [Lifecycle.Status.active, .createFailed])
    func `what was given up while it was pending stays so, however the work ends`(outcome: Lifecycle.Status) {
        let start = Timestamp(milliseconds: 1_000_000)
        var life = Lifecycle.creating(at: start, delay: 60, needsWork: true)
        life.stopCreation(at: start.advanced(bySeconds: 1))
        #expect(life.status == .createStopped)
        life.finish(at: start.advanced(bySeconds: 2), as: outcome)
        #expect(life.status == .createStopped && life.changed == start.advanced(bySeconds: 1))
    }

    @Test func `a resource without delay is active at once`() {
        var lifecycle = Lifecycle.creating(at: start, delay: 0)
        lifecycle.settle(at: start)
        #expect(lifecycle.status == .active)
        #expect(lifecycle.due == nil)
    }

    @Test func `a delay is spent half pending and half in progress`() {
        var lifecycle = Lifecycle.creating(at: start, delay: 10)
        lifecycle.settle(at: start.advanced(bySeconds: 4.9))
        #expect(lifecycle.status == .createPending)
        lifecycle.settle(at: start.advanced(bySeconds: 5))
        #expect(lifecycle.status == .createInProgress)
        #expect(lifecycle.changed == start.advanced(bySeconds: 5))
        lifecycle.settle(at: start.advanced(bySeconds: 10))
        #expect(lifecycle.status == .active)
        #expect(lifecycle.changed == start.advanced(bySeconds: 10))
    }

    @Test func `time alone does not finish what needs work`() {
        var lifecycle = Lifecycle.creating(at: start, delay: 0, needsWork: true)
        lifecycle.settle(at: start.advanced(bySeconds: 1000))
        #expect(lifecycle.status == .createInProgress)
        lifecycle.finish(at: start.advanced(bySeconds: 1001), as: .active)
        #expect(lifecycle.status == .active)
        #expect(lifecycle.changed == start.advanced(bySeconds: 1001))
    }

    @Test func `work that ends early waits for the delay`() {
        var lifecycle = Lifecycle.creating(at: start, delay: 10, needsWork: true)
        lifecycle.finish(at: start.advanced(bySeconds: 1), as: .active)
        #expect(lifecycle.status == .createPending)
        lifecycle.settle(at: start.advanced(bySeconds: 10))
        #expect(lifecycle.status == .active)
    }

    @Test func `a failure does not wait`() {
        var lifecycle = Lifecycle.creating(at: start, delay: 10, needsWork: true)
        lifecycle.finish(at: start.advanced(bySeconds: 1), as: .createFailed)
        #expect(lifecycle.status == .createFailed)
        #expect(lifecycle.due == nil)
    }

    @Test func `a deletion passes through both its states`() {
        var lifecycle = Lifecycle.creating(at: start, delay: 0)
        lifecycle.settle(at: start)
        lifecycle.delete(at: start, delay: 10)
        #expect(lifecycle.status == .deletePending)
        lifecycle.settle(at: start.advanced(bySeconds: 5))
        #expect(lifecycle.status == .deleteInProgress)
        lifecycle.settle(at: start.advanced(bySeconds: 10))
        #expect(lifecycle.status == .deleted)
    }

    @Test(arguments: Lifecycle.Status.allCases)
    func `no status is left by time unless another follows it`(status: Lifecycle.Status) {
        var lifecycle = Lifecycle(status: status, due: start, changed: start, step: 1, needsWork: false)
        lifecycle.settle(at: start.advanced(bySeconds: 0.5))
        #expect((lifecycle.status == status) == status.isSettled)
    }
}
