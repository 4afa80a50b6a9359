import NIOCore
import ServiceKit

/// One timer for each connection. It is set only when something must happen sooner than it would fire, and looks again when it fires:
/// a connection that is kept busy never touches it.
extension HTTP1Connection: NIOScheduledCallbackHandler {
    func arm() {
        guard context != nil, let deadline = machine.deadline(isInsideHead: parser.isInsideHead(unread: inbound.readableBytes)) else { return }
        if timer != nil {
            if timerAt <= deadline { return }
            timer?.cancel()
        }
        schedule(deadline)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        switch machine.timerFired(at: .now()) {
        case .tooEarly(let deadline): schedule(deadline)
        case .refuse(let error): refuse(error)
        case .close: context?.close(promise: nil)
        case .stop: break
        }
    }

    private func schedule(_ deadline: NIODeadline) {
        timerAt = deadline
        timer = try? context?.eventLoop.scheduleCallback(at: deadline, handler: self)
    }
}
