import ArgumentParser
import Wire

/// `personalite clock`: the server's time, read and moved.
struct ShowClock: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Show or move the server's clock.",
        discussion: """
            Everything of the server follows it: retention, campaigns that take new items every two hours, schedules of training. The age of \
            signatures does not.

              personalite clock
              personalite clock --advance 2h
              personalite clock --freeze
              personalite clock --rate 60
              personalite clock --machine
            """
    )

    @Option(help: ArgumentHelp("Go forward: seconds, or with a unit, such as 90s, 15m, 2h, 7d.", valueName: "time")) var advance: String?
    @Option(help: ArgumentHelp("How many seconds pass in one of the machine's.", valueName: "n")) var rate: Double?
    @Flag(help: "Let it stand still.") var freeze = false
    @Flag(help: "Give the time back to the machine.") var machine = false
    @OptionGroup var server: ClientOptions
    @OptionGroup var form: OutputOptions

    func validate() throws {
        if let rate, !(0...1e6).contains(rate) { throw ValidationError("--rate takes a number from 0 to 1000000.") }
        if freeze, rate != nil { throw ValidationError("--freeze is --rate 0; please give one of them.") }
        if let advance, Self.seconds(advance) == nil {
            throw ValidationError("--advance takes a time such as 90s, 15m, 2h or 7d, up to a hundred years; time does not go back.")
        }
    }

    /// Seconds: what the server takes, some hundred years.
    private static let longest = 3.2e9

    static func seconds(_ text: String) -> Double? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        let unit = text.last.flatMap { units[$0] }
        guard let value = Double(unit == nil ? text[...] : text.dropLast()), (0...longest).contains(value * (unit ?? 1)) else { return nil }
        return value * (unit ?? 1)
    }

    func carryOut() throws(CommandFault) {
        let client = try server.client()
        var change: [(String, Document)] = []
        if machine { change.append(("reset", .boolean(true))) }
        if let seconds = advance.flatMap(Self.seconds) { change.append(("advance", .double(seconds))) }
        if let rate = freeze ? 0 : rate { change.append(("rate", .double(rate))) }
        let now = try change.isEmpty ? client.admin("GET", "clock") : client.admin("POST", "clock", .object(Document.Fields(change)))
        if form.isJSON { return form.write(now) }
        Console().line(Self.words(now))
    }

    static func words(_ clock: Document) -> String {
        let rate = clock["rate"]?.numberIfAny ?? 1
        let ahead = clock["ahead"]?.numberIfAny ?? 0
        let pace = rate == 0 ? "frozen" : rate == 1 ? "at the machine's pace" : "\(ServeOption.decimal(rate)) times as fast as the machine"
        let apart = abs(ahead) < 1 ? "" : ", \(ServeOption.decimal(abs(ahead).rounded())) s \(ahead < 0 ? "behind" : "ahead of") the machine"
        return "\(DateWords.of(clock["now"]?.numberIfAny ?? 0)) UTC, \(pace)\(apart)"
    }
}
