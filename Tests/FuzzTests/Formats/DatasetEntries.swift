import Glibc
import Synchronization

@testable import Recommend

enum DatasetEntries {
    // MARK: CSV

    private static let columns = [
        ColumnSpec("USER_ID", .string), ColumnSpec("AGE", .int), ColumnSpec("SCORE", .float, nullable: true),
        ColumnSpec("KIND", .string, nullable: true, categorical: true), ColumnSpec("FREE", .boolean, nullable: true),
        ColumnSpec("WHEN", .long),
    ]

    /// Whole and in small pieces it gives the same table or the same refusal.
    static func csv(_ bytes: [UInt8]) throws {
        for share in [0, 0.5] {
            let whole = table([bytes], share)
            let pieces = table(bytes.pieces, share)
            switch (whole, pieces) {
            case (.success(let left), .success(let right)):
                try law(left.odd == right.odd && left.table.rowCount == right.table.rowCount, "rows differ in pieces")
                for (one, other) in zip(left.table.columns, right.table.columns) {
                    let isSame =
                        one.codes == other.codes && one.integers == other.integers && one.nulls == other.nulls
                        && one.reals.map(\.bitPattern) == other.reals.map(\.bitPattern) && one.dictionary.bytes == other.dictionary.bytes
                    try law(isSame, "the column \(one.spec.name) differs in pieces")
                }
            case (.failure(let left), .failure(let right)):
                try law(left.reason == right.reason && left.badRows == right.badRows, "refusals differ in pieces")
            default:
                throw BrokenLaw("whole and in pieces differ")
            }
        }
    }

    private static func table(_ pieces: [[UInt8]], _ share: Double) -> Result<(table: Table, odd: OddRows), ImportFailure> {
        var reader = CSVImport(columns, toleratedShare: share)
        reader.startFile("a.csv")
        for piece in pieces { reader.feed(piece) }
        return reader.outcome()
    }

    // MARK: Files

    /// A table's file; its checksum is put right first, so that what is behind it is reached.
    static func table(_ bytes: [UInt8]) throws {
        guard let table = try withFile(bytes, { try? Table.load(from: $0) }) else { return }
        for column in table.columns {
            for row in 0..<min(table.rowCount, 8) { _ = column.isNull(row) }
        }
        for mode in [Table.ImportMode.full, .incremental] { _ = table.merging(table, mode: mode, kind: .items) }
        _ = table.removing(["1", "a"], in: "ITEM_ID")
        _ = Interactions(table, items: table)
    }

    /// A model's file, likewise; whatever is taken answers.
    static func model(_ bytes: [UInt8]) throws {
        guard let model = try withFile(bytes, { try? TrainedModel.load(from: $0) }) else { return }
        let user = model.users.count > 0 ? model.users[0] : "u"
        let item = model.items.count > 0 ? model.items[0] : "i"
        let history = model.history(of: user)
        let query = Query(userId: user, history: history, count: 5, exploration: Exploration())
        let list = model.recommend(query)
        try law(list.count <= 5, "more than was asked for")
        _ = model.popular(5)
        _ = model.similar(to: item, count: 5)
        _ = model.trending(at: nil, adding: [] as [StreamedEvent], count: 5)
        _ = model.rank(query, [item, "nobody"])
        _ = model.users(forItem: item, count: 5)
        _ = model.users(forAttributes: [(column: "GENRE", value: "g")], count: 5)
        _ = model.recommendActions(userId: user, now: 0)
        _ = model.forgetting([user]).recommend(query)
    }

    /// One file in memory for each process; entries of this kind run one at a time.
    private static let file = Mutex("/dev/shm/personalite-fuzz-\(getpid())")

    private static func withFile<Value>(_ bytes: [UInt8], _ body: (String) throws -> Value) throws -> Value {
        var bytes = bytes
        if bytes.count >= 24 {
            var checksum = Checksum64()
            bytes.withUnsafeBytes { checksum.add(UnsafeRawBufferPointer(rebasing: $0.dropLast(8))) }
            withUnsafeBytes(of: checksum.value) { bytes.replaceSubrange((bytes.count - 8)..., with: $0) }
        }
        return try file.withLock { path in
            let descriptor = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0o600)
            guard descriptor >= 0, write(descriptor, bytes, bytes.count) == bytes.count else { throw BrokenLaw("/dev/shm is full") }
            close(descriptor)
            defer { unlink(path) }
            return try body(path)
        }
    }
}

extension CSVImport {
    fileprivate consuming func outcome() -> Result<(table: Table, odd: OddRows), ImportFailure> {
        do throws(ImportFailure) {
            return .success(try finishWithReport())
        } catch {
            return .failure(error)
        }
    }
}
