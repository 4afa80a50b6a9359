/// Whether more of what the client sends is read.
extension ExchangeMachine {
    var isReadClosed: Bool {
        if case .closed = intake { true } else { false }
    }

    /// Whether nothing has been asked yet.
    var isFresh: Bool { firstTurn == 0 && turns.isEmpty }

    /// Whether the client must wait before more of what it sends is read.
    var isHeld: Bool {
        switch intake {
        case .closed: return false
        case .body(let body):
            if case .sink(_, isFull: true) = body.destination { return true }
        case .head, .admission: break
        }
        return turns.count >= maxTurns || !isWritable
    }
}
