import NIOCore
import ServiceKit
import Wire

/// The state of the requests and answers of one HTTP/1 connection or one HTTP/2 stream, as a value without input or output: it is told what
/// happened and says what to do next. It knows neither bytes nor sockets, and the time is an argument.
///
/// HTTP/1 takes one request after another, several of which may wait for their answers (pipelining); each takes a turn, and answers leave in
/// the order of the turns. An HTTP/2 stream is the same with a single request. Reading stops while all turns are taken, the client does not
/// take its answers, or a sink is behind; nothing else bounds a connection's memory.
///
/// `Sink` takes the body of an upload, `Answer` is what a turn waits for; both are only handed through.
struct ExchangeMachine<Sink, Answer> {
    /// What arrives is for.
    enum Intake {
        /// A head, or nothing yet.
        case head
        /// A head has come; what becomes of its body is being decided.
        case admission(Turn, length: Int?)
        case body(Body)
        /// Nothing: no further request will be read.
        case closed
    }

    struct Body {
        enum Destination {
            case memory(limit: Int)
            case sink(Sink, isFull: Bool)
        }

        fileprivate(set) var turn: Turn
        fileprivate(set) var destination: Destination
        /// Bytes so far.
        fileprivate(set) var arrived = 0
    }

    /// The answer owed to one request, and what its head says of it.
    struct Turn {
        let isHead: Bool
        let isOneDotZero: Bool
        let closes: Bool
        /// Whether `100 Continue` is owed: it waits for the answers before it, and is no longer owed once the body has begun.
        fileprivate(set) var pendingContinue = false
        fileprivate var answer: Answer?
    }

    /// The outgoing half.
    enum Output: Equatable {
        case idle
        /// An answer is on its way out, which the next one has to wait for. `closes`: it is the last one.
        case sending(Sending, closes: Bool)
        /// The last answer is out, and the end of the connection has yet to be written.
        case ending
        /// The last bytes are being written.
        case finishing
        /// The client may read the last answer and close its side.
        case lingering
        /// The client is gone.
        case gone
    }

    enum Sending: Equatable {
        /// A body whose every piece the client has to take within `Deadlines.write`.
        case pieces
        /// A body that comes as time goes by; `isMoving` while the client has yet to take a piece. Otherwise it may be silent as long as it likes.
        case stream(isMoving: Bool)
    }

    /// The longest body that is taken at all; nil leaves it to the admission.
    let bodyBytes: Int?
    /// Turns that may be taken; at this many no more requests are read.
    let maxTurns: Int
    /// Whether there is but one request, as on an HTTP/2 stream.
    let isSingle: Bool
    let deadlines: Deadlines

    private(set) var intake = Intake.head
    private(set) var turns = CircularBuffer<Turn>(initialCapacity: 1)
    /// How many turns have been answered and let go: the number of the first one left.
    private(set) var firstTurn = 0
    private(set) var output = Output.idle

    private(set) var isWritable = true
    private(set) var isInputClosed = false
    private(set) var isQuiescing = false
    private var isReadWanted = false

    /// When the client last did something that was waited for.
    private(set) var lastProgress: NIODeadline
    var headBegan: NIODeadline?

    init(limits: Limits, deadlines: Deadlines, isSingle: Bool, now: NIODeadline) {
        bodyBytes = limits.bodyBytes
        maxTurns = limits.inFlight
        self.isSingle = isSingle
        self.deadlines = deadlines
        lastProgress = now
    }

    mutating func progressed(at now: NIODeadline) {
        lastProgress = now
    }
}

// MARK: - A request arrives

extension ExchangeMachine {
    enum HeadAction: Equatable {
        /// Ask what becomes of the body, and tell `admitted`.
        case admit
        case refuse(HTTPRequestError)
    }

    /// A complete head has come.
    /// - Parameter hasUnread: whether bytes behind it are there already.
    mutating func headArrived(_ head: RequestHead, hasUnread: Bool) -> HeadAction {
        var turn = Turn(isHead: head.request.method == "HEAD", isOneDotZero: head.isOneDotZero, closes: head.closes || isSingle)
        // Bytes behind a head without a body are the next request's. Clients that asked wait even if they have nothing to send.
        turn.pendingContinue = head.expectsContinue && (head.framing == .empty || !hasUnread)
        var length: Int?
        if case .length(let count) = head.framing { length = count }
        intake = .admission(turn, length: length)
        if let length, let bodyBytes, length > bodyBytes { return .refuse(.bodyTooLarge) }
        return .admit
    }

    enum Admitted {
        case memory(limit: Int)
        case sink(Sink)
        case refused(Answer)
    }

    enum AdmissionAction: Equatable {
        /// Take the body, for which so many bytes of memory may be reserved.
        case receive(reserving: Int)
        case refuse(HTTPRequestError)
        /// Nothing is received; the answer has its turn.
        case refused
    }

    /// It is decided what becomes of the body whose head has come.
    mutating func admitted(_ admitted: Admitted) -> AdmissionAction {
        guard case .admission(let turn, let length) = intake else { preconditionFailure("a body was admitted that nobody asked about") }
        switch admitted {
        case .memory(let limit):
            if let length, length > limit { return .refuse(.bodyTooLarge) }
            intake = .body(Body(turn: turn, destination: .memory(limit: limit)))
            return .receive(reserving: min(length ?? 0, 1024 * 1024))
        case .sink(let sink):
            intake = .body(Body(turn: turn, destination: .sink(sink, isFull: false)))
            return .receive(reserving: 0)
        case .refused(let answer):
            _ = refuse(answer)
            return .refused
        }
    }

    enum BodyAction {
        case append
        case push(Sink)
        /// Nobody waits for it any more.
        case discard
        case refuse(HTTPRequestError)
    }

    /// So many bytes of a body have come.
    mutating func bodyArrived(_ count: Int) -> BodyAction {
        guard case .body(var body) = intake else { return .discard }
        body.turn.pendingContinue = false
        body.arrived += count
        intake = .body(body)
        if let bodyBytes, body.arrived > bodyBytes { return .refuse(.bodyTooLarge) }
        switch body.destination {
        case .memory(let limit): return body.arrived > limit ? .refuse(.bodyTooLarge) : .append
        case .sink(let sink, _): return .push(sink)
        }
    }

    enum EndAction {
        /// Answer the request that was gathered, with `answerReady` for this turn.
        case respond(turn: Int)
        /// The sink answers.
        case complete(Sink, turn: Int)
        /// The request was refused before it was whole.
        case discard
    }

    /// The request is whole.
    mutating func requestEnded() -> EndAction {
        guard case .body(let body) = intake else { return .discard }
        let number = firstTurn + turns.count
        turns.append(body.turn)
        intake = body.turn.closes || isQuiescing ? .closed : .head
        switch body.destination {
        case .memory: return .respond(turn: number)
        case .sink(let sink, _): return .complete(sink, turn: number)
        }
    }

    /// The sink cannot take more, or can again.
    mutating func sinkChanged(isFull: Bool) {
        guard case .body(var body) = intake, case .sink(let sink, _) = body.destination else { return }
        body.destination = .sink(sink, isFull: isFull)
        intake = .body(body)
    }

    /// Refuses what is arriving, after the answers that are still owed, and hears no more.
    /// - Returns: a sink whose body will never be whole.
    mutating func refuse(_ answer: Answer) -> Sink? {
        let isHead = incoming?.isHead ?? false
        let abandoned = closeIntake()
        turns.append(Turn(isHead: isHead, isOneDotZero: false, closes: true, answer: answer))
        return abandoned
    }

    /// Hears no more: what was arriving is given up.
    /// - Returns: a sink whose body will never be whole.
    private mutating func closeIntake() -> Sink? {
        defer { intake = .closed }
        guard case .body(let body) = intake, case .sink(let sink, _) = body.destination else { return nil }
        return sink
    }

    /// The turn of the request that is arriving.
    private var incoming: Turn? {
        switch intake {
        case .admission(let turn, _): turn
        case .body(let body): body.turn
        case .head, .closed: nil
        }
    }
}

// MARK: - Reading

extension ExchangeMachine {
    /// The channel asks whether to read.
    /// - Returns: whether to do it now; otherwise `resumesReading` will say when.
    mutating func readWanted() -> Bool {
        isReadWanted = isHeld
        return !isReadWanted
    }

    /// Whether a read that had to wait is to be made now.
    mutating func resumesReading() -> Bool {
        guard isReadWanted, !isHeld else { return false }
        isReadWanted = false
        return true
    }

    mutating func writabilityChanged(_ isWritable: Bool) {
        self.isWritable = isWritable
    }

    /// The client has closed its side.
    /// - Returns: a sink whose body will never be whole, and whether the connection is to be closed, since nobody reads what would follow.
    mutating func inputClosed() -> (abandoned: Sink?, closes: Bool) {
        isInputClosed = true
        let abandoned = closeIntake()
        switch output {
        // Who has gone from an endless answer shows it in no other way.
        case .finishing, .lingering, .sending(.stream, _): return (abandoned, true)
        case .idle, .sending(.pieces, _), .ending, .gone: return (abandoned, false)
        }
    }

    /// The listener shuts: what has begun is finished, and nothing else is begun.
    mutating func quiesce() {
        isQuiescing = true
        if case .head = intake { intake = .closed }
    }
}

// MARK: - Turns

extension ExchangeMachine {
    enum AnswerAction {
        /// The answer is kept until its turn comes.
        case keep
        /// Its turn has come: ask `nextOutput`.
        case send
        /// Nobody will get it.
        case drop(Answer)
    }

    mutating func answerReady(_ answer: Answer, turn number: Int) -> AnswerAction {
        let index = number - firstTurn
        guard index >= 0, index < turns.count else { return .drop(answer) }
        let turn = turns.index(turns.startIndex, offsetBy: index)
        assert(turns[turn].answer == nil, "a request was answered twice")
        turns[turn].answer = answer
        return index == 0 ? .send : .keep
    }

    enum OutputAction {
        /// Send it, and tell `sending` when it does not go out at once, and `answerSent` when it has gone.
        case send(Answer, Turn)
        /// `100 Continue`.
        case proceed
        /// Nothing will follow. Write what is left, and tell `lastBytesWritten`.
        case finish(Leftovers)
        case wait
    }

    /// What the end of a connection leaves behind: a sink to be told that its body will never be whole, and answers that nobody will get.
    struct Leftovers {
        let sink: Sink?
        let answers: [Answer]
    }

    /// What is to be written next; asked until it says `wait`.
    mutating func nextOutput() -> OutputAction {
        switch output {
        case .idle: break
        case .ending:
            return finish()
        case .sending, .finishing, .lingering, .gone: return .wait
        }
        if let turn = turns.first {
            guard let answer = turn.answer else { return .wait }
            turns.removeFirst()
            firstTurn += 1
            output = .sending(.pieces, closes: turn.closes || isQuiescing && turns.isEmpty && isReadClosed)
            return .send(answer, turn)
        }
        switch intake {
        case .closed where isInputClosed || isQuiescing:
            return finish()
        case .body(var body) where body.turn.pendingContinue:
            body.turn.pendingContinue = false
            intake = .body(body)
            return .proceed
        case .closed, .body, .head, .admission: return .wait
        }
    }

    /// The answer being sent cannot be followed by another one, for a reason that lies in its body.
    mutating func closesAfterAnswer() {
        if case .sending(let sending, _) = output { output = .sending(sending, closes: true) }
    }

    /// Whether the answer being sent is the last one.
    var isLastAnswer: Bool {
        if case .sending(_, closes: true) = output { true } else { false }
    }

    /// How the answer goes that is being sent.
    mutating func sending(_ how: Sending) {
        if case .sending(_, let closes) = output { output = .sending(how, closes: closes) }
    }

    /// The answer has gone; ask `nextOutput`.
    mutating func answerSent() {
        if case .sending(_, let closes) = output { output = closes ? .ending : .idle }
    }

    enum EndOfOutput: Equatable {
        case close
        /// Output is closed first, and what still arrives is swallowed until the client closes or `Deadlines.linger` has passed (RFC 9112 §9.6).
        case linger
    }

    mutating func lastBytesWritten(at now: NIODeadline) -> EndOfOutput {
        lastProgress = now
        guard case .finishing = output else { return .close }
        if isInputClosed || isQuiescing { return .close }
        output = .lingering
        return .linger
    }

    private mutating func finish() -> OutputAction {
        output = .finishing
        return .finish(giveUp())
    }

    /// What was written already is the end: there will be no answers.
    mutating func breakOff() {
        output = .ending
    }

    /// The client is gone.
    mutating func disconnected() -> Leftovers {
        output = .gone
        return giveUp()
    }

    private mutating func giveUp() -> Leftovers {
        defer { turns.removeAll() }
        return Leftovers(sink: closeIntake(), answers: turns.isEmpty ? [] : turns.compactMap(\.answer))
    }
}
