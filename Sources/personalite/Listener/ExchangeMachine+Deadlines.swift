import NIOCore
import ServiceKit

/// What the client is waited for, and how long.
extension ExchangeMachine {
    enum Wait: Equatable {
        case idle, head, body, write, linger
    }

    enum TimerAction: Equatable {
        /// Nothing is waited for.
        case stop
        /// Too early: look again then.
        case tooEarly(until: NIODeadline)
        case refuse(HTTPRequestError)
        case close
    }

    /// Until when the client is waited for; nil while it is the listener's own turn.
    /// - Parameter isInsideHead: whether a part of a head has come.
    mutating func deadline(isInsideHead: Bool) -> NIODeadline? {
        headBegan = isInsideHead && !isHeld ? headBegan ?? lastProgress : nil
        return pending?.until
    }

    func timerFired(at now: NIODeadline) -> TimerAction {
        guard let (deadline, wait) = pending else { return .stop }
        if deadline > now { return .tooEarly(until: deadline) }
        return switch wait {
        case .idle, .write, .linger: .close
        case .head: .refuse(.headTooSlow)
        case .body: .refuse(.bodyTooSlow)
        }
    }

    var pending: (until: NIODeadline, wait: Wait)? {
        switch output {
        case .lingering: return (lastProgress + deadlines.linger, .linger)
        case .finishing, .ending, .sending(.pieces, _), .sending(.stream(isMoving: true), _): return (lastProgress + deadlines.write, .write)
        case .idle where !isWritable, .sending where !isWritable: return (lastProgress + deadlines.write, .write)
        case .sending(.stream(isMoving: false), _), .gone: return nil
        case .idle: return pendingInput
        }
    }

    private var pendingInput: (until: NIODeadline, wait: Wait)? {
        switch intake {
        case .body(let body):
            return isHeld || body.turn.pendingContinue ? nil : (lastProgress + deadlines.body, .body)
        case .head:
            if let headBegan { return (headBegan + deadlines.head, .head) }
            return turns.isEmpty && !isSingle ? (lastProgress + deadlines.idle, .idle) : nil
        case .admission, .closed:
            return nil
        }
    }
}
