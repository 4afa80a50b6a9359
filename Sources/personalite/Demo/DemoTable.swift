/// The list before the click beside the list after it, and what moved.
struct DemoTable {
    let data: DemoData
    let before: [DemoStory.Recommendation]
    let after: [DemoStory.Recommendation]
    let cast: DemoData.Cast

    private static let width = 50

    func print(on console: Console) {
        console.line("User \(cast.user) clicked \(console.strong(data.description(cast.item)))")
        console.line()
        console.line(console.strong("     " + "before".fitted(to: Self.width + 8) + "        after"))
        for row in 0..<max(before.count, after.count) {
            let left = row < before.count ? before[row] : nil
            let right = row < after.count ? after[row] : nil
            let left2 = left.map { "\($0.score.fixed(5))  \(data.description($0.item).fitted(to: Self.width))" } ?? "".fitted(to: Self.width + 9)
            let mark = right.map { movement(of: $0.item, to: row) } ?? ""
            let text = right.map { "\($0.score.fixed(5))  \(data.description($0.item).fitted(to: Self.width))" } ?? ""
            let number = String(row + 1)
            let isNew = mark == "new"
            console.line(
                "\(String(repeating: " ", count: 3 - number.count))\(number)  \(left2) \(mark.fitted(to: 4)) \(isNew ? console.strong(text) : text)"
            )
        }
        console.line()
        console.line(summary)
    }

    /// `new`, `↑3`, `↓1` or `=`.
    private func movement(of item: String, to row: Int) -> String {
        guard let earlier = before.firstIndex(where: { $0.item == item }) else { return "new" }
        return earlier == row ? "=" : earlier > row ? "↑\(earlier - row)" : "↓\(row - earlier)"
    }

    private var summary: String {
        let fresh = after.filter { entry in !before.contains { $0.item == entry.item } }.count
        let moved = after.enumerated().filter { row, entry in before.firstIndex { $0.item == entry.item }.map { $0 != row } ?? false }.count
        return "\(fresh) new, \(moved) moved, \(after.count - fresh - moved) in place."
    }
}
