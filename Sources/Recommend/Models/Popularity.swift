/// Items by the number of different users who touched them (recipe aws-popularity-count, and the fallback of all others).
struct Popularity: Sendable {
    /// Per item.
    let uniqueUsers: [Int32]
    /// All items, the most popular first; equal ones in the order of their ids.
    let order: [Int32]

    init(uniqueUsers: [Int32]) {
        self.uniqueUsers = uniqueUsers
        order = (0..<Int32(uniqueUsers.count)).sorted {
            (uniqueUsers[Int($1)], $0) < (uniqueUsers[Int($0)], $1)
        }
    }

    func top(_ count: Int, allow: Bitset? = nil) -> [Int32] {
        guard let allow else { return Array(order.prefix(count)) }
        return Array(order.lazy.filter { allow[Int($0)] }.prefix(count))
    }

    /// These items and more, after them.
    func appending(_ more: [Int32]) -> Popularity { more.isEmpty ? self : Popularity(uniqueUsers: uniqueUsers + more) }
}
