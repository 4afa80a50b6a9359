/// Numbers of events by a hash of something about them, in twelve bytes each: open addressing, with several entries for a hash if need be.
struct HashedNumbers: Sendable {
    private var hashes: ContiguousArray<UInt64> = []
    /// A number plus one; 0 for a free place.
    private var numbers: ContiguousArray<UInt32> = []
    private var count = 0

    private var mask: Int { hashes.count - 1 }

    /// Adds an entry, whether there is one of the hash or not.
    /// - Parameter isLive: asked, when there is no room any more, which of the old entries are to stay.
    mutating func add(_ hash: UInt64, _ number: Int, isLive: (Int) -> Bool) {
        if (count + 1) * 10 > hashes.count * 7 { grow(isLive) }
        insert(hash, UInt32(number + 1))
    }

    /// The entry of the hash that `isWanted`; the number of each is asked at most once.
    func first(_ hash: UInt64, where isWanted: (Int) -> Bool) -> Int? {
        guard !hashes.isEmpty else { return nil }
        var place = start(hash)
        while numbers[place] != 0 {
            if hashes[place] == hash, isWanted(Int(numbers[place]) - 1) { return Int(numbers[place]) - 1 }
            place = (place + 1) & mask
        }
        return nil
    }

    /// Puts a number in the place of the one that the hash has, and says which that was; adds it when there is none.
    mutating func replace(_ hash: UInt64, _ number: Int, isLive: (Int) -> Bool) -> Int? {
        guard !hashes.isEmpty else {
            add(hash, number, isLive: isLive)
            return nil
        }
        var place = start(hash)
        while numbers[place] != 0 {
            if hashes[place] == hash {
                defer { numbers[place] = UInt32(number + 1) }
                return Int(numbers[place]) - 1
            }
            place = (place + 1) & mask
        }
        add(hash, number, isLive: isLive)
        return nil
    }

    private func start(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash ^ hash >> 32) & mask }

    private mutating func insert(_ hash: UInt64, _ number: UInt32) {
        var place = start(hash)
        while numbers[place] != 0 { place = (place + 1) & mask }
        hashes[place] = hash
        numbers[place] = number
        count += 1
    }

    /// Twice as many places as the entries that stay need, at least.
    private mutating func grow(_ isLive: (Int) -> Bool) {
        var live = 0
        for number in numbers where number != 0 && isLive(Int(number) - 1) { live += 1 }
        var capacity = 16
        while capacity * 7 < (live + 1) * 10 * 3 / 2 { capacity *= 2 }
        var fresh = HashedNumbers()
        fresh.hashes = ContiguousArray(repeating: 0, count: capacity)
        fresh.numbers = ContiguousArray(repeating: 0, count: capacity)
        for (hash, number) in zip(hashes, numbers) where number != 0 && isLive(Int(number) - 1) { fresh.insert(hash, number) }
        self = fresh
    }
}
