/// Items that a user was shown and did not choose.
struct Impressions: Sendable {
    /// User × item.
    let passed: CompressedSparseRows
    /// How many times each was shown.
    let times: [Int32]

    init(passed: CompressedSparseRows, times: [Int32]) {
        self.passed = passed
        self.times = times
    }

    /// An item that the user touches at the event or later was chosen after all. nil when nothing was ever shown.
    init?(_ interactions: Interactions, users: [Int]) {
        guard interactions.shown.entryCount > 0 else { return nil }
        var rows = CompressedSparseRows()
        var times: [Int32] = []
        for user in users {
            var passed: [Int32: Int32] = [:]
            for event in interactions.events(of: user) {
                for item in interactions.shown(at: event) { passed[item, default: 0] += 1 }
                passed[interactions.itemOf[event]] = nil
            }
            let sorted = passed.sorted { $0.key < $1.key }
            rows.append(sorted.lazy.map(\.key))
            times.append(contentsOf: sorted.lazy.map(\.value))
        }
        self.init(passed: rows, times: times)
    }

    /// Shown n times in vain: the odds are divided by 1 + n.
    func subtract(user: Int, from logits: inout [Float]) {
        for entry in passed.entries(of: user) { logits[Int(passed.columns[entry])] -= Float(Platform.log(1 + Double(times[entry]))) }
    }
}
