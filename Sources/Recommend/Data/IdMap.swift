/// External ids ⇄ 0…n-1, in the order of first sight: the one place where ids are text.
///
/// The text lives in one arena; the hash table holds 32 bits of hash beside the index, so a miss rarely touches the arena.
package struct IdMap: Sendable {
    private(set) var bytes: [UInt8] = []
    /// `starts[i]..<starts[i + 1]` are the bytes of id `i`.
    private(set) var starts: [Int] = [0]
    /// Open addressing, linear probing, at most half full; 0 is an empty slot, else hash << 32 | index + 1.
    private var slots = [UInt64](repeating: 0, count: 16)

    package init() {}

    package init(_ ids: some Sequence<String>) {
        for id in ids { intern(id) }
    }

    /// From a saved arena; nil when the two arrays do not describe distinct ids.
    init?(bytes: [UInt8], starts: [Int]) {
        guard starts.first == 0, starts.last == bytes.count, starts.count <= Int(Int32.max) else { return nil }
        for (low, high) in zip(starts, starts.dropFirst()) where low > high { return nil }
        reserve(starts.count - 1)
        let distinct = bytes.withUnsafeBufferPointer { arena in
            for index in 0..<starts.count - 1 where Int(intern(UnsafeBufferPointer(rebasing: arena[starts[index]..<starts[index + 1]]))) != index {
                return false
            }
            return true
        }
        guard distinct else { return nil }
    }

    package var count: Int { starts.count - 1 }

    package subscript(_ index: Int32) -> String {
        String(decoding: bytes[starts[Int(index)]..<starts[Int(index) + 1]], as: UTF8.self)
    }

    package func index(of id: String) -> Int32? {
        var id = id
        return id.withUTF8 { index(of: $0) }
    }

    func index(of id: UnsafeBufferPointer<UInt8>) -> Int32? {
        let entry = slots[slot(of: id, hash: Self.hash(id))]
        return entry == 0 ? nil : Int32(truncatingIfNeeded: entry & 0xffff_ffff) - 1
    }

    @discardableResult
    package mutating func intern(_ id: String) -> Int32 {
        var id = id
        return id.withUTF8 { intern($0) }
    }

    @discardableResult
    mutating func intern(_ id: UnsafeBufferPointer<UInt8>) -> Int32 {
        let hash = Self.hash(id)
        let slot = slot(of: id, hash: hash)
        let entry = slots[slot]
        if entry != 0 { return Int32(truncatingIfNeeded: entry & 0xffff_ffff) - 1 }
        let index = count
        precondition(index < Int(Int32.max), "more than 2^31 ids")
        bytes.append(contentsOf: id)
        starts.append(bytes.count)
        slots[slot] = UInt64(hash) << 32 | UInt64(index + 1)
        if count * 2 > slots.count { rehash(slots.count * 2) }
        return Int32(index)
    }

    /// An id of another map.
    @discardableResult
    mutating func intern(_ other: IdMap, _ index: Int32) -> Int32 {
        other.bytes.withUnsafeBufferPointer { intern(UnsafeBufferPointer(rebasing: $0[other.starts[Int(index)]..<other.starts[Int(index) + 1]])) }
    }

    mutating func reserve(_ ids: Int) {
        var size = slots.count
        while size < ids * 2 { size *= 2 }
        if size > slots.count { rehash(size) }
    }

    /// The same ids in the order of their bytes, and for every old index its new one.
    func sorted() -> (map: IdMap, moved: [Int32]) {
        let order = bytes.withUnsafeBufferPointer { arena in
            (0..<Int32(count)).sorted { left, right in
                arena[starts[Int(left)]..<starts[Int(left) + 1]].lexicographicallyPrecedes(arena[starts[Int(right)]..<starts[Int(right) + 1]])
            }
        }
        var map = IdMap()
        map.reserve(count)
        var moved = [Int32](repeating: 0, count: count)
        bytes.withUnsafeBufferPointer { arena in
            for index in order {
                moved[Int(index)] = map.intern(UnsafeBufferPointer(rebasing: arena[starts[Int(index)]..<starts[Int(index) + 1]]))
            }
        }
        return (map, moved)
    }

    private mutating func rehash(_ size: Int) {
        var fresh = [UInt64](repeating: 0, count: size)
        for entry in slots where entry != 0 {
            var slot = Int(truncatingIfNeeded: entry >> 32) & (size - 1)
            while fresh[slot] != 0 { slot = (slot + 1) & (size - 1) }
            fresh[slot] = entry
        }
        slots = fresh
    }

    /// The slot that holds the id, or the empty one where it belongs.
    private func slot(of id: UnsafeBufferPointer<UInt8>, hash: UInt32) -> Int {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return slot }
            if UInt32(truncatingIfNeeded: entry >> 32) == hash, equals(id, Int(entry & 0xffff_ffff) - 1) { return slot }
            slot = (slot + 1) & mask
        }
    }

    private func equals(_ id: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        let start = starts[index]
        guard starts[index + 1] - start == id.count else { return false }
        return bytes.withUnsafeBufferPointer { arena in
            var offset = 0
            while offset < id.count {
                if arena[start + offset] != id[offset] { return false }
                offset += 1
            }
            return true
        }
    }

    /// Eight bytes a step, then a finishing mix: ids are short, and often differ in the last digit only.
    private static func hash(_ id: UnsafeBufferPointer<UInt8>) -> UInt32 {
        var hash = UInt64(truncatingIfNeeded: id.count) &* 0x9e37_79b9_7f4a_7c15
        let raw = UnsafeRawBufferPointer(id)
        var offset = 0
        while offset + 8 <= raw.count {
            hash = (hash ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
            hash ^= hash >> 32
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < raw.count {
            tail = tail << 8 | UInt64(raw[offset])
            offset += 1
        }
        hash = (hash ^ tail) &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        hash = hash &* 0xc4ce_b9fe_1a85_ec53
        return UInt32(truncatingIfNeeded: hash >> 32)
    }
}
