import ServiceKit

/// The files of a folder that are named for the id of their row: `7.table`, and what was left of it or set aside beside it.
enum NumberedFiles {
    private static func id(_ name: String) -> Int64? {
        Int64(name.prefix { $0 != "." })
    }

    static func remove(_ id: some RawRepresentable<Int64>, from directory: String) {
        for name in Directory.names(directory) where Self.id(name) == id.rawValue { Directory.removeFile("\(directory)/\(name)") }
    }

    static func removeAll(_ directory: String) {
        for name in Directory.names(directory) { Directory.removeFile("\(directory)/\(name)") }
    }

    /// Removes the files of rows that are known to be gone: an id is never given twice, so one up to `newest` that is not kept was deleted.
    /// - Returns: the names of all others: the database is older than they are, or they are none of ours.
    static func sweep<ID: RawRepresentable<Int64> & Hashable>(_ directory: String, keeping ids: Set<ID>, newest: Int64) -> [String] {
        Directory.names(directory).filter { name in
            guard let id = id(name), id > 0, id <= newest else { return true }
            if ID(rawValue: id).map(ids.contains) != true { Directory.removeFile("\(directory)/\(name)") }
            return false
        }
    }
}
