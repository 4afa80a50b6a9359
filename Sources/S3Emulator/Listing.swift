import Wire

/// What both versions of ListObjects do: a walk through the keys in the order of their bytes, in which keys that share a prefix up to a
/// delimiter count as one.
struct Listing {
    enum Entry {
        case object(StoredObject)
        /// The common prefix.
        case group([UInt8])

        var token: ListToken {
            switch self {
            case .object(let object): ListToken(bytes: Array(object.key.utf8), isGroup: false)
            case .group(let prefix): ListToken(bytes: prefix, isGroup: true)
            }
        }
    }

    struct Page {
        var entries: [Entry] = []
        var isTruncated = false
        /// Where the next page begins.
        var next: ListToken? { isTruncated ? entries.last?.token : nil }

        var objects: [StoredObject] {
            entries.compactMap { if case .object(let object) = $0 { object } else { nil } }
        }

        var groups: [String] {
            entries.compactMap { if case .group(let prefix) = $0 { String(decoding: prefix, as: UTF8.self) } else { nil } }
        }
    }

    private static let batch = 1000

    var prefix: [UInt8]
    var delimiter: [UInt8]
    var limit: Int

    func page(_ table: ObjectTable, _ bucket: Bucket, after token: ListToken?) throws -> Page {
        var page = Page()
        guard limit > 0 else { return page }
        let end = Self.successor(prefix)
        guard var (cursor, including) = start(token) else { return page }
        while true {
            let wanted = min(limit - page.entries.count + 1, Self.batch)
            let objects = try table.objects(in: bucket, from: cursor, including: including, before: end, limit: wanted)
            for object in objects {
                let key = Array(object.key.utf8)
                if case .group(let group)? = page.entries.last, key.starts(with: group) { continue }
                guard page.entries.count < limit else {
                    page.isTruncated = true
                    return page
                }
                page.entries.append(Self.group(of: key, prefix: prefix, delimiter: delimiter).map { .group($0) } ?? .object(object))
            }
            guard objects.count == wanted, let last = objects.last else { return page }
            let key = Array(last.key.utf8)
            if case .group(let group)? = page.entries.last, key.starts(with: group) {
                // The rest of the group is stepped over.
                guard let next = Self.successor(group) else { return page }
                (cursor, including) = (next, true)
            } else {
                (cursor, including) = (key, false)
            }
        }
    }

    /// Nil when nothing can follow.
    private func start(_ token: ListToken?) -> (cursor: [UInt8], including: Bool)? {
        guard let token else { return (prefix, true) }
        // A key that is a whole group stands for the group: version 1 has no other way to say so.
        let passesGroup = token.isGroup || Self.group(of: token.bytes, prefix: prefix, delimiter: delimiter) == token.bytes
        if passesGroup {
            guard let next = Self.successor(token.bytes) else { return nil }
            return next.lexicographicallyPrecedes(prefix) ? (prefix, true) : (next, true)
        }
        return token.bytes.lexicographicallyPrecedes(prefix) ? (prefix, true) : (token.bytes, false)
    }

    /// The part of a key up to the first delimiter behind the prefix; nil when there is none.
    static func group(of key: [UInt8], prefix: [UInt8], delimiter: [UInt8]) -> [UInt8]? {
        guard !delimiter.isEmpty, key.starts(with: prefix) else { return nil }
        var index = prefix.count
        while index + delimiter.count <= key.count {
            if key[index..<index + delimiter.count].elementsEqual(delimiter) { return Array(key[..<(index + delimiter.count)]) }
            index += 1
        }
        return nil
    }

    /// The first bytes behind everything that begins with `prefix`; nil when there are none.
    static func successor(_ prefix: [UInt8]) -> [UInt8]? {
        guard let last = prefix.lastIndex(where: { $0 < 255 }) else { return nil }
        return prefix[..<last] + [prefix[last] + 1]
    }
}
