import S3Emulator
import Wire

/// What `POST /_personalite/clock` asks for: `{"rate": 0}` stands still, `{"rate": 60}` makes a minute of each second, `{"advance": 7200}`
/// goes forward by as many seconds, `{"reset": true}` goes back to the machine's time. Members may be combined.
struct ClockRequest: Equatable {
    var rate: Double?
    var advance = 0.0
    var isReset = false

    /// A hundred years: more is a slip of the hand, and dates stay within what every client can print.
    private static let maximumAdvance = 3.2e9
    private static let maximumRate = 1e6

    /// - Throws: what is wrong with it, in words.
    init(_ body: [UInt8]) throws(Fault) {
        guard let document = try? JSON.parse(body), case .object(let fields) = document else { throw Fault(reason: "the body is not a JSON object") }
        guard !fields.entries.isEmpty else { throw Fault(reason: "the body names none of rate, advance and reset") }
        for field in fields.entries {
            switch (field.name, field.value) {
            case ("rate", let value):
                guard let rate = value.numberIfAny, (0...Self.maximumRate).contains(rate) else {
                    throw Fault(reason: "rate must be a number from 0 to 1000000")
                }
                self.rate = rate
            case ("advance", let value):
                guard let advance = value.numberIfAny, (0...Self.maximumAdvance).contains(advance) else {
                    throw Fault(reason: "advance must be a number of seconds from 0 to 3200000000; time does not go back")
                }
                self.advance = advance
            case ("reset", .boolean(let reset)): isReset = reset
            case ("reset", _): throw Fault(reason: "reset must be true or false")
            default: throw Fault(reason: "unknown member \(field.name)")
            }
        }
    }

    struct Fault: Error, Equatable {
        var reason: String
    }
}
