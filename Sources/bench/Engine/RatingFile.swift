import Glibc
import Recommend

/// One event of a file, oldest first within a user.
struct Rating {
    var user: String
    var item: String
    var time: Int64
}

enum RatingFile {
    static let specs = [ColumnSpec("USER_ID", .string), ColumnSpec("ITEM_ID", .string), ColumnSpec("TIMESTAMP", .long)]

    /// The rows of a CSV, in the order of time; equal times keep the order of the file.
    static func read(_ path: String) throws -> [Rating] {
        let bytes = try contents(path)
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard let head = lines.first else { throw BenchFault("\(path) is empty.") }
        let names = fields(head).map { $0.filter(\.isLetter).lowercased() }
        func column(_ wanted: [String]) throws -> Int {
            guard let index = names.firstIndex(where: wanted.contains) else { throw BenchFault("\(path) has no column \(wanted[0]).") }
            return index
        }
        let (user, item, time) = (try column(["userid"]), try column(["itemid", "movieid"]), try column(["timestamp"]))
        let ratings = try lines.dropFirst().map { line in
            let values = fields(line)
            guard values.count > max(user, item, time), let stamp = Int64(values[time]) else {
                throw BenchFault("\(path) has a line of other fields.")
            }
            return Rating(user: values[user], item: values[item], time: stamp)
        }
        return ratings.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    private static func fields(_ line: ArraySlice<UInt8>) -> [String] {
        line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { String(decoding: $0.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\"") }, as: UTF8.self) }
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw BenchFault("\(path) cannot be read: \(String(cString: strerror(errno))).") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[0..<count])
        }
    }

    static func table(_ ratings: some Sequence<Rating>) -> Table {
        var table = Table(specs)
        for rating in ratings { _ = table.append([.string(rating.user), .string(rating.item), .long(rating.time)]) }
        return table
    }
}
