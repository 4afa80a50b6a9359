import NIOCore
import ServiceKit

/// One timer for each connection. It is set only when something must happen sooner than it would fire, and looks again when it fires:
/// a connection that is kept busy never touches it.
extension HTTP1Connection: NIOScheduledCallbackHandler {
    private enum Wait {
        case idle, head, body, write, linger
    }

    func arm() {
        guard context != nil else { return }
        headBegan = isInsideHead && !isHeld ? headBegan ?? lastProgress : nil
        guard let (deadline, _) = pending else { return }
        if timer != nil {
            if timerAt <= deadline { return }
            timer?.cancel()
        }
        schedule(deadline)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        guard let (deadline, wait) = pending else { return }
        if deadline > .now() {
            schedule(deadline)
            return
        }
        switch wait {
        case .idle, .write, .linger: context?.close(promise: nil)
        case .head: refuse(.headTooSlow)
        case .body: refuse(.bodyTooSlow)
        }
    }

    private func schedule(_ deadline: NIODeadline) {
        timerAt = deadline
        timer = try? context?.eventLoop.scheduleCallback(at: deadline, handler: self)
    }

    private var isInsideHead: Bool {
        if case .head = receiving { parser.isInsideHead(unread: inbound.readableBytes) } else { false }
    }

    /// What the connection waits for, and until when; nil while it is the listener's own turn.
    private var pending: (NIODeadline, Wait)? {
        let deadlines = setup.deadlines
        if isLingering { return (lastProgress + deadlines.linger, .linger) }
        if isFinishing || file != nil || context?.channel.isWritable == false { return (lastProgress + deadlines.write, .write) }
        // A stream may be silent for as long as it likes.
        if stream != nil { return nil }
        switch receiving {
        case .collecting, .uploading:
            return isUploadFull || pendingContinue || slots.count >= setup.limits.inFlight ? nil : (lastProgress + deadlines.body, .body)
        case .head:
            if let headBegan { return (headBegan + deadlines.head, .head) }
            return slots.isEmpty ? (lastProgress + deadlines.idle, .idle) : nil
        case .nothing:
            return nil
        }
    }
}
