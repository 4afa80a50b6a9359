import NIOCore
import Testing

@testable import personalite

/// Random events in every order that a connection can bring them, held against what must be true whatever happens.
struct ExchangeWalkTests {
    @Test(arguments: UInt64(0)..<400) func `whatever happens, every answer and every sink comes to one end`(seed: UInt64) {
        var walk = Walk(seed: seed)
        for _ in 0..<300 where !walk.isOver { walk.step() }
        walk.disconnect()
        walk.checkEnd()
    }
}

/// One connection's life, and what an onlooker knows of it.
private struct Walk {
    private var random: SeededBytes
    private let isSingle: Bool
    private let maxTurns: Int
    private var script: ExchangeScript

    /// The body that is arriving: what is left of it, and its sink.
    private var body: (left: Int, sink: Int?)?
    private var requests = 0
    private var sinks: [Int: String] = [:]
    /// Turns that were announced and not answered.
    private var unanswered: [Int] = []
    private var given: Set<Int> = []
    private var ended: [Int: String] = [:]
    private var lastSent = -1
    private var isSending = false
    private var isFinished = false
    private var isReadHeld = false
    private var mayProceed = false
    private(set) var isOver = false

    init(seed: UInt64) {
        random = SeededBytes(state: seed)
        isSingle = seed % 4 == 0
        let maxTurns = Int.random(in: 1...4, using: &random)
        self.maxTurns = maxTurns
        script = ExchangeScript(isSingle: isSingle) { $0.inFlight = maxTurns }
    }

    mutating func step() {
        switch Int.random(in: 0..<40, using: &random) {
        case 0..<16: arrive()
        case 16..<24: if let turn = unanswered.randomElement(using: &random) { answer(turn) }
        case 24..<32: if isSending { isSending = false; apply(.sent) }
        case 32: apply(.writable(Bool.random(using: &random)))
        case 33: if body?.sink != nil { apply(.sinkFull(Bool.random(using: &random))) }
        case 34: if !isReadHeld { apply(.read) }
        case 35: if isSending { apply([.streaming, .moving, .closesAfter].randomElement(using: &random) ?? .moving) }
        case 36: if rarely, !script.machine.isReadClosed { forgetBody(); apply(.refuse) }
        case 37: if rarely, !script.machine.isInputClosed { forgetBody(); apply(.inputClosed) }
        case 38: if rarely { apply(.quiesce) }
        default: if isFinished { apply(.written) }
        }
    }

    private var rarely: Bool { mutating get { Int.random(in: 0..<6, using: &random) == 0 } }

    /// The next part that a client sends, unless it is not read.
    private mutating func arrive() {
        guard !script.machine.isReadClosed, !script.machine.isHeld else { return }
        guard let (left, sink) = body else { return ask() }
        if left == 0 {
            body = nil
            mayProceed = false
            return apply(.end)
        }
        let count = Int.random(in: 1...left, using: &random)
        body = (left - count, sink)
        mayProceed = false
        apply(.body(count))
    }

    private mutating func ask() {
        let length = Int.random(in: 0...3, using: &random)
        requests += 1
        mayProceed = Bool.random(using: &random)
        apply(.head(length == 0 ? .empty : .length(length), expectsContinue: mayProceed, closes: Int.random(in: 0..<12, using: &random) == 0))
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            mayProceed = false
            apply(.admit(.refused))
        case 1..<5:
            body = (length, requests)
            sinks[requests] = "open"
            apply(.admit(.sink(requests)))
        default:
            body = (length, nil)
            apply(.admit(.memory(limit: 3)))
        }
    }

    private mutating func answer(_ turn: Int) {
        unanswered.removeAll { $0 == turn }
        given.insert(turn)
        apply(.answer(turn))
    }

    private mutating func forgetBody() {
        body = nil
        mayProceed = false
    }

    private mutating func apply(_ event: ExchangeScript.Event) {
        for word in script.apply(event) { hear(word) }
        if isReadHeld { #expect(script.machine.isHeld, "a read was forgotten after \(event)") }
        #expect(script.machine.turns.count <= maxTurns + 1, "more turns than may be taken, and a refusal's")
        if let (_, wait) = script.machine.pending, wait == .idle { #expect(script.machine.turns.isEmpty && !isSending, "owed, and called idle") }
    }

    /// One word of the machine's; `ExchangeScript` has them all.
    private mutating func hear(_ word: String) {
        let parts = word.split(separator: " ")
        let number = parts.dropFirst().first.flatMap { Int($0) } ?? -1
        switch parts[0] {
        case "respond": unanswered.append(number)
        case "complete":
            end(sink: number, "completed")
            unanswered.append(parts.last.flatMap { Int($0) } ?? -1)
        case "abandon":
            body = nil
            end(sink: number, "abandoned")
        case "send":
            #expect(!isSending && !isFinished, "two answers at once, or one behind the last")
            isSending = true
            if number >= 0 { send(number) }
        case "drop": if number >= 0 { end(answer: number, "dropped") }
        case "proceed":
            #expect(mayProceed && !isSending && unanswered.isEmpty && !isFinished, "100 Continue that nobody waits for")
            mayProceed = false
        case "finish":
            #expect(!isFinished && !isSending, "the end comes once")
            isFinished = true
            body = nil
        case "admit": #expect(!isFinished, "a request behind the end")
        case "held": isReadHeld = true
        case "read": isReadHeld = false
        case "close": isOver = true
        default: break
        }
    }

    private mutating func send(_ turn: Int) {
        #expect(turn > lastSent, "answers in the order of their requests")
        lastSent = turn
        end(answer: turn, "sent")
    }

    private mutating func end(answer turn: Int, _ how: String) {
        #expect(given.contains(turn) && ended[turn] == nil, "an answer that was given, once")
        ended[turn] = how
    }

    private mutating func end(sink: Int, _ how: String) {
        #expect(sinks[sink] == "open", "a sink that is open")
        sinks[sink] = how
    }

    mutating func disconnect() {
        apply(.disconnected)
        for turn in unanswered { answer(turn) }
        #expect(script.machine.pending == nil)
    }

    func checkEnd() {
        #expect(sinks.values.allSatisfy { $0 != "open" }, "every sink is told of its end")
        #expect(Set(ended.keys) == given, "every answer is sent or given up")
    }
}
