import NIOCore
import Testing
import Wire

@testable import personalite

/// The machine alone: what it says to each event, without a socket or a clock.
struct ExchangeMachineTests {
    typealias Script = ExchangeScript

    /// The events, and the outputs that they give. Events of one row happen in order on one machine.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var isSingle = false
        var adjust: @Sendable (inout Limits) -> Void = { _ in }
        let steps: [(Script.Event, [String])]

        var testDescription: String { name }
    }

    private static let get = Script.Event.head(.empty)
    private static let put = Script.Event.head(.length(3))

    static let rows: [Row] = [
        Row(
            name: "a request without a body",
            steps: [
                (get, ["admit"]), (.admit(.memory(limit: 10)), ["receive 0"]), (.end, ["respond 0"]), (.answer(0), ["send 0"]), (.sent, []),
                (get, ["admit"]), (.admit(.memory(limit: 10)), ["receive 0"]), (.end, ["respond 1"]), (.answer(1), ["send 1"]), (.sent, []),
            ]
        ),
        Row(
            name: "a body in pieces",
            steps: [
                (put, ["admit"]), (.admit(.memory(limit: 3)), ["receive 3"]), (.body(1), ["append"]), (.body(2), ["append"]), (.end, ["respond 0"]),
            ]
        ),
        Row(
            name: "a length beyond the admission's limit",
            steps: [
                (put, ["admit"]), (.admit(.memory(limit: 2)), ["refuse 413"]), (.refuse, ["send refusal closes"]), (.sent, ["finish"]),
                (.written, ["linger"]),
            ]
        ),
        Row(name: "a length beyond every limit is not even asked about", adjust: { $0.bodyBytes = 2 }, steps: [(put, ["refuse 413"])]),
        Row(
            name: "a body without a length beyond its limit",
            steps: [
                (.head(.chunked), ["admit"]), (.admit(.memory(limit: 4)), ["receive 0"]), (.body(4), ["append"]), (.body(1), ["refuse 413"]),
            ]
        ),
        Row(
            name: "an upload beyond every limit",
            adjust: { $0.bodyBytes = 2 },
            steps: [
                (.head(.chunked), ["admit"]), (.admit(.sink(7)), ["receive 0"]), (.body(2), ["push 7"]), (.body(1), ["refuse 413"]),
                (.refuse, ["abandon 7", "send refusal closes"]),
            ]
        ),
        Row(
            name: "an upload whose sink is behind is not read",
            steps: [
                (put, ["admit"]), (.admit(.sink(7)), ["receive 0"]), (.body(2), ["push 7"]), (.sinkFull(true), []), (.read, ["held"]),
                (.sinkFull(false), ["read"]), (.body(1), ["push 7"]), (.end, ["complete 7 0"]), (.answer(0), ["send 0"]),
            ]
        ),
        Row(
            name: "answers leave in the order of their requests",
            steps: [
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 0"]),
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 1"]),
                (.answer(1), []), (.answer(0), ["send 0"]), (.sent, ["send 1"]), (.sent, []),
            ]
        ),
        Row(
            name: "at the limit of turns nothing is read",
            adjust: { $0.inFlight = 1 },
            steps: [
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 0"]), (.read, ["held"]),
                (.answer(0), ["send 0", "read"]), (.sent, []),
            ]
        ),
        Row(
            name: "a client that does not take its answers is not read",
            steps: [
                (.writable(false), []), (.read, ["held"]), (.writable(true), ["read"]), (.read, ["read"]),
            ]
        ),
        Row(
            name: "100 Continue comes once, and only to who waits",
            steps: [
                (.head(.length(3), expectsContinue: true), ["admit"]), (.admit(.memory(limit: 3)), ["receive 3", "proceed"]), (.body(3), ["append"]),
                (.end, ["respond 0"]), (.answer(0), ["send 0"]), (.sent, []),
                (.head(.length(3), expectsContinue: true, hasUnread: true), ["admit"]), (.admit(.memory(limit: 3)), ["receive 3"]),
            ]
        ),
        Row(
            name: "100 Continue waits for the answers before it",
            steps: [
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 0"]),
                (.head(.length(3), expectsContinue: true), ["admit"]), (.admit(.memory(limit: 3)), ["receive 3"]),
                (.answer(0), ["send 0"]), (.sent, ["proceed"]),
            ]
        ),
        Row(
            name: "100 Continue of a request that is whole before its turn goes out with its answer",
            steps: [
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 0"]),
                (.head(.empty, expectsContinue: true, hasUnread: true), ["admit"]), (.admit(.memory(limit: 3)), ["receive 0"]), (.end, ["respond 1"]),
                (.answer(0), ["send 0"]), (.sent, []), (.answer(1), ["send 1 continue"]),
            ]
        ),
        Row(
            name: "who is refused is not told to go on",
            steps: [
                (.head(.length(3), expectsContinue: true), ["admit"]), (.admit(.refused), ["refused", "send refusal closes"]), (.sent, ["finish"]),
            ]
        ),
        Row(
            name: "a refusal comes after the answers that are owed",
            steps: [
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 0"]), (.refuse, []), (.body(1), ["discard"]),
                (.answer(0), ["send 0"]), (.sent, ["send refusal closes"]), (.sent, ["finish"]),
            ]
        ),
        Row(
            name: "nothing is read behind a request that closes",
            steps: [
                (.head(.empty, closes: true), ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 0"]), (.read, ["read"]),
                (.answer(0), ["send 0 closes"]), (.sent, ["finish"]), (.written, ["linger"]), (.inputClosed, ["close"]),
            ]
        ),
        Row(
            name: "an answer that can only end with its connection gives up what waits behind it",
            steps: [
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 0"]),
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 1"]),
                (put, ["admit"]), (.admit(.sink(7)), ["receive 0"]),
                (.answer(1), []), (.answer(0), ["send 0"]), (.closesAfter, []), (.sent, ["finish", "abandon 7", "drop 1"]), (.answer(1), ["drop 1"]),
            ]
        ),
        Row(
            name: "who has said all still gets the answers",
            steps: [
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 0"]), (.inputClosed, []),
                (.answer(0), ["send 0"]), (.sent, ["finish"]), (.written, ["close"]),
            ]
        ),
        Row(
            name: "who leaves in the middle of an upload",
            steps: [
                (put, ["admit"]), (.admit(.sink(7)), ["receive 0"]), (.inputClosed, ["abandon 7", "finish"]), (.written, ["close"]),
            ]
        ),
        Row(
            name: "who has gone from an endless answer",
            steps: [
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 0"]), (.answer(0), ["send 0"]), (.streaming, []),
                (.inputClosed, ["close"]),
            ]
        ),
        Row(name: "shutting with nothing asked", steps: [(.quiesce, ["finish"]), (.written, ["close"])]),
        Row(
            name: "shutting in the middle of a request lets it have its answer",
            steps: [
                (put, ["admit"]), (.admit(.memory(limit: 3)), ["receive 3"]), (.quiesce, []), (.body(3), ["append"]), (.end, ["respond 0"]),
                (.answer(0), ["send 0 closes"]), (.sent, ["finish"]), (.written, ["close"]),
            ]
        ),
        Row(
            name: "a client that is gone",
            steps: [
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 0"]),
                (get, ["admit"]), (.admit(.memory(limit: 1)), ["receive 0"]), (.end, ["respond 1"]), (.answer(1), []),
                (put, ["admit"]), (.admit(.sink(7)), ["receive 0"]), (.disconnected, ["abandon 7", "drop 1"]), (.answer(0), ["drop 0"]),
                (.body(3), ["discard"]), (.end, ["discard"]),
            ]
        ),
        Row(name: "what is no HTTP at all gets no answer", steps: [(.breakOff, ["finish"]), (.written, ["linger"])]),
        Row(
            name: "a stream of HTTP/2 has one request",
            isSingle: true,
            steps: [
                (put, ["admit"]), (.admit(.memory(limit: 3)), ["receive 3"]), (.body(3), ["append"]), (.end, ["respond 0"]), (.body(1), ["discard"]),
                (.answer(0), ["send 0 closes"]), (.sent, ["finish"]),
            ]
        ),
        Row(
            name: "a stream of HTTP/2 that is refused before it is whole",
            isSingle: true,
            steps: [
                (put, ["admit"]), (.admit(.memory(limit: 2)), ["refuse 413"]), (.refuse, ["send refusal closes"]), (.body(3), ["discard"]),
                (.end, ["discard"]), (.sent, ["finish"]),
            ]
        ),
    ]

    @Test(arguments: rows) func `each event is followed by what has to be done`(row: Row) {
        var script = Script(isSingle: row.isSingle, row.adjust)
        for (index, (event, expected)) in row.steps.enumerated() {
            let said = script.apply(event)
            #expect(said == expected, "step \(index): \(event)")
        }
    }

    // MARK: Deadlines

    /// How long is waited after what, in seconds, and what happens then.
    struct DeadlineRow: Sendable, CustomTestStringConvertible {
        let name: String
        var isSingle = false
        var isInsideHead = false
        let events: [Script.Event]
        let seconds: Int64?
        var then: String?

        var testDescription: String { name }
    }

    private static let asked: [Script.Event] = [get, .admit(.memory(limit: 1)), .end]
    private static let uploading: [Script.Event] = [put, .admit(.sink(7)), .body(1)]

    static let deadlineRows: [DeadlineRow] = [
        DeadlineRow(name: "nothing asked", events: [], seconds: 5, then: "close"),
        DeadlineRow(name: "nothing asked on a stream of HTTP/2", isSingle: true, events: [], seconds: nil),
        DeadlineRow(name: "half a head", isInsideHead: true, events: [], seconds: 1, then: "refuse 408"),
        DeadlineRow(name: "half a body", events: [put, .admit(.memory(limit: 3)), .body(1)], seconds: 2, then: "refuse 408"),
        DeadlineRow(name: "half an upload", events: uploading, seconds: 2, then: "refuse 408"),
        DeadlineRow(name: "an upload whose sink is behind", events: uploading + [.sinkFull(true)], seconds: nil),
        DeadlineRow(name: "an answer is being made", events: asked, seconds: nil),
        DeadlineRow(name: "an answer has yet to be taken", events: asked + [.answer(0)], seconds: 3, then: "close"),
        DeadlineRow(name: "an endless answer is silent", events: asked + [.answer(0), .streaming], seconds: nil),
        DeadlineRow(name: "a piece of an endless answer has yet to be taken", events: asked + [.answer(0), .moving], seconds: 3, then: "close"),
        DeadlineRow(name: "an endless answer is not taken", events: asked + [.answer(0), .streaming, .writable(false)], seconds: 3, then: "close"),
        DeadlineRow(name: "earlier answers are not taken", events: [.writable(false)], seconds: 3, then: "close"),
        DeadlineRow(name: "a refusal may be read", events: [.refuse, .sent, .written], seconds: 4, then: "close"),
        DeadlineRow(name: "the client is gone", events: uploading + [.disconnected], seconds: nil),
        DeadlineRow(
            name: "a client waits for 100 Continue behind another's answer",
            events: asked + [.head(.length(3), expectsContinue: true), .admit(.memory(limit: 3))],
            seconds: nil
        ),
    ]

    @Test(arguments: deadlineRows) func `the client is waited for as long as it is its turn`(row: DeadlineRow) {
        var script = Script(isSingle: row.isSingle)
        for event in row.events { _ = script.apply(event) }
        let deadline = script.machine.deadline(isInsideHead: row.isInsideHead)
        #expect(deadline == row.seconds.map { Script.start + .seconds($0) })
        guard let deadline else {
            #expect(script.machine.timerFired(at: .distantFuture) == .stop)
            return
        }
        #expect(script.machine.timerFired(at: deadline - .nanoseconds(1)) == .tooEarly(until: deadline))
        switch script.machine.timerFired(at: deadline) {
        case .close: #expect(row.then == "close")
        case .refuse(let error): #expect(row.then == "refuse \(error.status)")
        case .tooEarly, .stop: Issue.record("nothing happens at the deadline")
        }
    }

    @Test func `a head that drips in has the time of one head`() {
        var script = Script()
        let first = script.machine.deadline(isInsideHead: true)
        script.machine.progressed(at: Script.start + .milliseconds(900))
        #expect(script.machine.deadline(isInsideHead: true) == first)
        #expect(script.machine.deadline(isInsideHead: false) == Script.start + .milliseconds(5900))
    }
}
