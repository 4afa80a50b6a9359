import NIOCore
import ServiceKit
import Wire

@testable import personalite

/// Applies events to a machine, and collects its outputs as words.
struct ExchangeScript {
    enum Event: Sendable {
        enum Admission: Sendable {
            case memory(limit: Int), sink(Int), refused
        }

        case head(Framing, expectsContinue: Bool = false, hasUnread: Bool = false, closes: Bool = false)
        case admit(Admission)
        case body(Int), end, refuse, breakOff
        case sinkFull(Bool), writable(Bool), read
        case answer(Int), streaming, moving, closesAfter, sent, written
        case inputClosed, quiesce, disconnected
    }

    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private static let refusal = -1

    /// Sinks and answers are numbers here.
    var machine: ExchangeMachine<Int, Int>

    init(isSingle: Bool = false, _ adjust: (inout Limits) -> Void = { _ in }) {
        var limits = Limits()
        adjust(&limits)
        var deadlines = Deadlines()
        deadlines.head = .seconds(1)
        deadlines.body = .seconds(2)
        deadlines.write = .seconds(3)
        deadlines.linger = .seconds(4)
        deadlines.idle = .seconds(5)
        machine = ExchangeMachine(limits: limits, deadlines: deadlines, isSingle: isSingle, now: Self.start)
    }

    mutating func apply(_ event: Event) -> [String] {
        var said = immediate(event)
        outputs: while true {
            switch machine.nextOutput() {
            case .send(let answer, let turn):
                let name = answer == Self.refusal ? "refusal" : "\(answer)"
                said.append("send \(name)" + (turn.pendingContinue ? " continue" : "") + (machine.isLastAnswer ? " closes" : ""))
            case .proceed: said.append("proceed")
            case .finish(let leftovers): said += ["finish"] + Self.words(leftovers)
            case .wait: break outputs
            }
        }
        if machine.resumesReading() { said.append("read") }
        return said
    }

    private mutating func immediate(_ event: Event) -> [String] {
        switch event {
        case .head(let framing, let expectsContinue, let hasUnread, let closes):
            var head = RequestHead(request: WireRequest(method: "PUT", path: "/"))
            head.framing = framing
            head.expectsContinue = expectsContinue
            head.closes = closes
            switch machine.headArrived(head, hasUnread: hasUnread) {
            case .admit: return ["admit"]
            case .refuse(let error): return ["refuse \(error.status)"]
            }
        case .admit(let admission):
            let admitted: ExchangeMachine<Int, Int>.Admitted =
                switch admission {
                case .memory(let limit): .memory(limit: limit)
                case .sink(let sink): .sink(sink)
                case .refused: .refused(Self.refusal)
                }
            switch machine.admitted(admitted) {
            case .receive(let count): return ["receive \(count)"]
            case .refuse(let error): return ["refuse \(error.status)"]
            case .refused: return ["refused"]
            }
        case .body(let count):
            switch machine.bodyArrived(count) {
            case .append: return ["append"]
            case .push(let sink): return ["push \(sink)"]
            case .discard: return ["discard"]
            case .refuse(let error): return ["refuse \(error.status)"]
            }
        case .end:
            switch machine.requestEnded() {
            case .respond(let turn): return ["respond \(turn)"]
            case .complete(let sink, let turn): return ["complete \(sink) \(turn)"]
            case .discard: return ["discard"]
            }
        case .refuse: return Self.abandoned(machine.refuse(Self.refusal))
        case .answer(let number):
            switch machine.answerReady(number, turn: number) {
            case .send, .keep: return []
            case .drop(let answer): return ["drop \(answer)"]
            }
        case .inputClosed:
            let (sink, closes) = machine.inputClosed()
            return Self.abandoned(sink) + (closes ? ["close"] : [])
        case .written:
            switch machine.lastBytesWritten(at: Self.start) {
            case .close: return ["close"]
            case .linger: return ["linger"]
            }
        case .disconnected: return Self.words(machine.disconnected())
        case .read: return machine.readWanted() ? ["read"] : ["held"]
        default:
            change(event)
            return []
        }
    }

    /// Events that are answered by nothing at once.
    private mutating func change(_ event: Event) {
        switch event {
        case .breakOff: machine.breakOff()
        case .sinkFull(let isFull): machine.sinkChanged(isFull: isFull)
        case .writable(let isWritable): machine.writabilityChanged(isWritable)
        case .streaming: machine.sending(.stream(isMoving: false))
        case .moving: machine.sending(.stream(isMoving: true))
        case .closesAfter: machine.closesAfterAnswer()
        case .sent: machine.answerSent()
        case .quiesce: machine.quiesce()
        default: preconditionFailure("\(event) is applied elsewhere")
        }
    }

    private static func abandoned(_ sink: Int?) -> [String] {
        sink.map { ["abandon \($0)"] } ?? []
    }

    private static func words(_ leftovers: ExchangeMachine<Int, Int>.Leftovers) -> [String] {
        abandoned(leftovers.sink) + leftovers.answers.map { "drop \($0)" }
    }
}
