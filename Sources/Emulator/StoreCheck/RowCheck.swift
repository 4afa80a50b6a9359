import KinesisEmulator
import LogsEmulator
import PersonalizeEmulator
import Recommend
import S3Emulator
import SQLite
import ServiceKit
import Shapes
import Streams
import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads every row as the services do, and the bytes of every object, inside one transaction.
struct RowCheck {
    private let database: Database
    /// Where the objects are.
    private let directory: String
    private let aside: SetAside?

    init(_ database: Database, directory: String, aside: SetAside?) {
        self.database = database
        self.directory = directory
        self.aside = aside
    }

    /// - Returns: the rows that are not whole; with somewhere to put them they are there and no longer in their tables.
    func run() throws -> [UnreadableRow] {
        var found: [UnreadableRow] = []
        let bodies = Dictionary(uniqueKeysWithValues: ResourceKinds.all.map { ($0.kind, $0) })
        found += try check("resource", "\(ResourceTable.columns), kind") { try Self.read($0, bodies) }
        // Datasets without the schema that their columns come from cannot be read either.
        // Whose ARN is no text is a finding above.
        let arns = try database.fetchAll("SELECT arn FROM resource WHERE kind = ?", [Personalize.DatasetSchema.kind])
        let schemas = Set(arns.compactMap { try? $0[0] as String })
        found += try check("resource", "\(ResourceTable.columns), kind", where: "kind = 'dataset'") { row in
            let dataset = try Resource<Personalize.Dataset>(StoredRow(row, of: "resource", namedBy: 1))
            guard schemas.contains(dataset.body.schemaArn ?? "") else {
                throw UnreadableRow(table: "resource", row: dataset.arn, reason: "its schema \(dataset.body.schemaArn ?? "null") is not there")
            }
        }
        found += try check("stream", StreamTable.columns) { try StreamTable.check($0, database) }
        found += try check("consumer", "name, created, status, due") { row in
            _ = try ConsumerTable.consumer(row, of: StreamKey(account: "", region: "", name: ""))
        }
        found += try check("queue", QueueTable.columns) { _ = try QueueTable.queue($0) }
        found += try check("queue_shard", QueueTable.shardColumns) { _ = try QueueTable.cursor($0) }
        found += try check("queue_record", QueueTable.recordColumns) { _ = try QueueTable.state($0) }
        found += try check("bucket", ObjectTable.bucketColumns) { _ = try ObjectTable.bucket($0) }
        found += try check("object", ObjectTable.columns) { row in
            let object = try ObjectTable.object(row)
            let sizes = object.details.partSizes
            try verify(object.blob, size: object.size, parts: sizes.isEmpty ? [object.size] : sizes, StoredRow(row, of: "object", namedBy: 0)) {
                sums in
                if !object.etag.contains("-") { return sums.count == 1 && Hex.text(sums[0]) == object.etag }
                return sizes.isEmpty || "\(Hex.text(Checksum.value(.md5, of: sums.flatMap(\.self))))-\(sums.count)" == object.etag
            }
        }
        found += try check("upload", "id, key, created, details") { _ = try UploadTable.upload($0) }
        found += try check("part", "number, blob, size, md5, modified, algorithm, checksum") { row in
            let part = try UploadTable.part(row)
            try verify(part.blob, size: part.size, parts: [part.size], StoredRow(row, of: "part", namedBy: 0)) { $0 == [part.md5] }
        }
        found += try check("setting", "name, value") { row in
            let row = StoredRow(row, of: "setting", namedBy: 0)
            let (name, value) = (try row.text(0), try row.bytes(1))
            if let fault = StreamKeyTable.fault(name, value) { throw row.unreadable(fault) }
        }
        found += try check("tag", "resource, name, value") { _ = try StoredRow($0, of: "tag", namedBy: 0).text(2) }
        found += try check("policy", "resource, body") { _ = try StoredRow($0, of: "policy", namedBy: 0).text(1) }
        found += try check("log_stream", LogStream.columns) { _ = try LogStream($0) }
        found += try check("log_event", LogEvent.columns) { _ = try LogEvent($0) }
        found += try check("record", RecordTable.columns) { _ = try RecordTable.record($0) }
        return found
    }

    /// Reads every row of a table.
    /// - Parameter columns: those that `read` has first.
    private func check(
        _ table: String,
        _ columns: String,
        where condition: String = "TRUE",
        _ read: (Row) throws -> Void
    ) throws -> [UnreadableRow] {
        var bad: [(row: Row, fault: UnreadableRow)] = []
        try database.forEach("SELECT \(columns), * FROM \(table) WHERE \(condition)") { row in
            do {
                try read(row)
            } catch let fault as UnreadableRow {
                bad.append((row, fault))
            }
        }
        if let aside { for (row, fault) in bad { try remove(row, of: table, fault, aside) } }
        return bad.map(\.fault)
    }

    private func remove(_ row: Row, of table: String, _ fault: UnreadableRow, _ aside: SetAside) throws {
        try aside.keep(row, of: table, fault.reason)
        let key = try database.primaryKey(of: table)
        let values = try key.map { try row[$0] as DatabaseValue }
        try database.execute("DELETE FROM \(table) WHERE \(key.map { "\($0) = ?" }.joined(separator: " AND "))", values)
        // What a start would remove, for it belongs to no resource any more.
        if table == "resource", case .integer(let id) = try row["id"] as DatabaseValue {
            for file in ["datasets/\(id).table", "models/\(id).model"] { try aside.move(file) }
        }
        if table == "object" || table == "part", case .integer(let blob) = try row["blob"] as DatabaseValue {
            try aside.move("objects/\(BlobStore.folder(blob))/\(blob)")
        }
    }

    private static func read(_ row: Row, _ bodies: [String: any ResourceBody.Type]) throws {
        let stored = StoredRow(row, of: "resource", namedBy: 1)
        let kind = ResourceTable.describedKind(try stored.text(10))
        guard let type = bodies[kind] else { throw stored.unreadable("the kind \(kind) is unknown") }
        try read(stored, as: type)
    }

    private static func read<Body: ResourceBody>(_ row: StoredRow, as type: Body.Type) throws {
        let resource = try Resource<Body>(row)
        switch resource {
        case let schema as Resource<Personalize.DatasetSchema>: _ = try AvroSchema(schema)
        case let dataset as Resource<Personalize.Dataset>: _ = try dataset.kind
        case let solution as Resource<Personalize.Solution>: _ = try PersonalizeRecipe.stored(solution.body.recipeArn, in: solution.arn)
        case let version as Resource<Personalize.SolutionVersion>: _ = try PersonalizeRecipe.stored(version.body.recipeArn, in: version.arn)
        case let recommender as Resource<Personalize.Recommender>: _ = try PersonalizeRecipe.stored(recommender.body.recipeArn, in: recommender.arn)
        default: break
        }
    }

    /// Reads a blob's file, part by part, and asks whether the MD5 sums of the parts are right.
    private func verify(
        _ blob: Int64,
        size: Int,
        parts: [Int],
        _ row: StoredRow,
        _ isRight: ([[UInt8]]) -> Bool
    ) throws {
        let path = "\(directory)/objects/\(BlobStore.folder(blob))/\(blob)"
        guard let file = OpenFile(reading: path) else {
            let code = errno
            guard [ENOENT, ENOTDIR, EISDIR, ELOOP].contains(code) else { throw ReadableFiles.failure(path, String(cString: strerror(code))) }
            throw row.unreadable("its file objects/\(BlobStore.folder(blob))/\(blob) cannot be opened")
        }
        guard file.size == size, parts.reduce(0, +) == size else { throw row.unreadable("its file has \(file.size) bytes instead of \(size)") }
        var sums: [[UInt8]] = []
        var offset = 0
        for part in parts {
            var sum = Checksum(.md5)
            do {
                try Blob.file(file, length: size, sealed: nil).read(offset..<offset + part) { piece throws(ServiceError) in
                    sum.update(piece)
                    return true
                }
            } catch {
                throw row.unreadable("its file cannot be read")
            }
            sums.append(sum.value)
            offset += part
        }
        guard isRight(sums) else { throw row.unreadable("its bytes are not those that were stored") }
    }
}
