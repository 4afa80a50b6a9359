/// Shows steps while they work: on a terminal a bar, elsewhere a line when each is done.
struct Progress {
    let console: Console
    let isShown: Bool

    init(_ console: Console, isShown: Bool) {
        self.console = console
        self.isShown = isShown
    }

    /// - Parameter work: is given what tells the share that is done, if it is known, and what goes on.
    func step<Result>(_ title: String, _ work: (_ tell: @escaping (Double?, String) -> Void) throws(CommandFault) -> Result) throws(CommandFault)
        -> Result
    {
        let start = WallClock.now
        var last = start
        let label = "  " + title.padded(to: 44, with: ".")
        if isShown, console.isTerminal { console.write(label) }
        do throws(CommandFault) {
            let result = try work { share, words in
                guard isShown, console.isTerminal, WallClock.now - last > 0.1 else { return }
                last = WallClock.now
                let filled = max(0, min(20, Int(near: (share ?? 0) * 20)))
                let bar = share == nil ? "" : " " + String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
                console.restartLine()
                console.write("\(label)\(bar)\(share.map { " \(Int(near: $0 * 100)) %" } ?? "") \(words)")
            }
            if isShown { console.restartLine() }
            if isShown { console.line("\(label) \((WallClock.now - start).fixed(2)) s") }
            return result
        } catch {
            if isShown, console.isTerminal { console.line() }
            throw error
        }
    }
}
