import Logging
import Recommend
import ServiceKit
import Shapes
import Wire

/// The work of a dataset import job: CSV out of S3, checked row by row, into the dataset's table.
struct DatasetImportWork: ResourceWork {
    typealias Body = Personalize.DatasetImportJob

    let context: WorkContext
    let datasets: DatasetStore
    let rows: StreamedRows
    let served: ServedData
    let attributions: AttributionReports

    /// Interactions have to come in numbers.
    private static let minimumInteractions = 1000
    /// The share of rows that may fail to conform to the schema. AWS takes files with some, and says nowhere how many.
    private static let toleratedShare = 0.05

    func run(_ arn: String, _ call: Call) throws(ServiceError) {
        let subject = try resources(call) { table -> ImportSubject? in
            guard let job = try table.find(arn, as: Personalize.DatasetImportJob.self), job.lifecycle.needsWork else { return nil }
            let dataset = try table.existing(job.body.datasetArn ?? "", as: Personalize.Dataset.self, call)
            let schema = try table.existing(dataset.body.schemaArn ?? "", as: Personalize.DatasetSchema.self, call)
            return try ImportSubject(job, dataset, schema)
        }
        guard let subject else { return }
        log.info("import started", metadata: ["job": "\(arn)", "from": "\(subject.location)"])
        do throws(ImportRefusal) {
            let (fresh, odd) = try read(subject, call)
            if jobs.isStopping { return }
            let merged: Table
            do throws(ServiceError) {
                let held = try held(by: subject) ?? Table(subject.columns)
                merged = held.merging(fresh, mode: subject.mode, kind: subject.kind)
                try datasets.replace(subject.dataset.id, with: merged)
                try overtake(fresh, into: subject.dataset.id, subject.kind)
                try served.changed(subject.dataset, call)
                if odd.count > 0 { try note(odd, of: arn, call) }
            } catch {
                throw ImportRefusal(reason: JobFailure.reason(error), cause: error)
            }
            log.info("import finished", metadata: ["job": "\(arn)", "rows": "\(fresh.rowCount)", "dataset rows": "\(merged.rowCount)"])
            if subject.publishesMetrics { try publishMetrics(subject, fresh, call) }
            try finish(subject, call)
        } catch {
            let reason = "Failed to create a data import job for \(subject.kind.rawValue.lowercased()) dataset. \(error.reason)"
            log.error("import failed", metadata: ["job": "\(arn)", "reason": "\(reason)", "cause": "\(error.cause.map { "\($0)" } ?? "the data")"])
            for row in error.badRows {
                log.error("\(row.file) line \(row.line): \(row.reason)", metadata: ["job": "\(arn)"])
            }
            if error.badRowCount > 0 {
                let kept = RejectedRows(leftOut: error.badRowCount, mended: 0, rows: error.badRows)
                try resources(call) { try kept.save(arn, $0.database) }
            }
            try fail(arn, reason, call)
        }
    }

    /// The rows that an import adds to; one that takes their place does not need them.
    private func held(by subject: ImportSubject) throws(ServiceError) -> Table? {
        do throws(ServiceError) {
            return try datasets.table(subject.dataset.id)
        } catch {
            guard subject.mode == .full, error.storedFile != nil else { throw error }
            return nil
        }
    }

    /// What the import brought counts from now on, and not older rows that were streamed with the same ids.
    private func overtake(_ fresh: Table, into dataset: DatasetID, _ kind: DatasetKind) throws(ServiceError) {
        guard let ids = kind.key.flatMap({ fresh.column($0) })?.dictionary else { return }
        try rows.overtake(rows.known((0..<Int32(ids.count)).lazy.map { ids[$0] }, dataset: dataset), dataset: dataset).wait()
    }

    /// Says which rows did not conform: to the log, and to whoever describes the job.
    private func note(_ odd: OddRows, of arn: String, _ call: Call) throws(ServiceError) {
        log.warning("\(odd.hint)", metadata: ["job": "\(arn)"])
        for row in odd.first { log.warning("\(row.file) line \(row.line): \(row.reason)", metadata: ["job": "\(arn)"]) }
        let kept = RejectedRows(leftOut: odd.leftOut, mended: odd.mended, rows: odd.first)
        try resources(call) { table in
            try table.setHint(odd.hint, of: arn)
            try kept.save(arn, table.database)
        }
    }

    private func publishMetrics(_ subject: ImportSubject, _ fresh: Table, _ call: Call) throws(ImportRefusal) {
        do throws(JobFailure) {
            let mode = subject.mode == .full ? "FULL" : "INCREMENTAL"
            try attributions.publish(subject.job, made: subject.made, fresh, mode: mode, group: subject.dataset.parent ?? "", call)
        } catch {
            throw ImportRefusal(reason: error.reason, cause: error.cause)
        }
    }

    private func finish(_ subject: ImportSubject, _ call: Call) throws(ImportRefusal) {
        do {
            try resources.finish(subject.job, Personalize.DatasetImportJob.self, as: .active, call) { $0.failureReason = nil }
        } catch {
            throw ImportRefusal(reason: JobFailure.reason(error), cause: error)
        }
    }

    /// Reads every file of the job's location.
    private func read(_ subject: ImportSubject, _ call: Call) throws(ImportRefusal) -> (table: Table, odd: OddRows) {
        guard let location = ObjectLocation(subject.location) else { throw ImportRefusal(reason: "Invalid Data location.") }
        let minimum = subject.kind == .interactions ? Self.minimumInteractions : 0
        var reader = CSVImport(subject.columns, minimumRows: minimum, toleratedShare: Self.toleratedShare)
        do throws(ServiceError) {
            // Of a folder the files on its first level.
            let keys =
                location.isFolder
                ? try files.objects.keys(bucket: location.bucket, prefix: location.key, account: call.account).filter {
                    !$0.utf8.dropFirst(location.key.utf8.count).contains(UInt8(ascii: "/"))
                } : [location.key]
            for key in keys {
                reader.startFile("s3://\(location.bucket)/\(key)")
                try files.objects.read(bucket: location.bucket, key: key, account: call.account) { bytes in
                    bytes.withUnsafeBufferPointer { reader.feed($0) }
                    return !jobs.isStopping
                }
            }
        } catch {
            let isOurs = error.cause != nil
            throw ImportRefusal(
                reason: isOurs ? JobFailure.reason(error) : "Insufficient privileges for accessing data in Amazon S3.",
                cause: error
            )
        }
        do {
            return try reader.finishWithReport()
        } catch {
            throw ImportRefusal(reason: error.reason, badRows: error.badRows, badRowCount: error.badRowCount)
        }
    }
}

extension OddRows {
    /// In one sentence that may stand in a header: no file names, for those may hold anything.
    fileprivate var hint: String {
        let lines = first.prefix(20).map { String($0.line) }.joined(separator: ", ")
        let place = Set(first.map(\.file)).count == 1 ? "lines \(lines)\(count > 20 ? " and more" : "")" : "in several files"
        return "\(count) of \(total) rows do not conform to the schema, \(place): \(leftOut) left out, \(mended) kept with null"
    }
}

/// What an import job is about.
private struct ImportSubject {
    var job: String
    var dataset: Resource<Personalize.Dataset>
    var kind: DatasetKind
    var columns: [ColumnSpec]
    var location: String
    var mode: Table.ImportMode
    var publishesMetrics: Bool
    var made: Timestamp

    init(
        _ job: Resource<Personalize.DatasetImportJob>,
        _ dataset: Resource<Personalize.Dataset>,
        _ schema: Resource<Personalize.DatasetSchema>
    ) throws {
        self.job = job.arn
        self.dataset = dataset
        kind = try dataset.kind
        columns = try AvroSchema(schema).columns
        location = job.body.dataSource?.dataLocation ?? ""
        made = job.made
        publishesMetrics = job.body.publishAttributionMetricsToS3 ?? false
        mode = job.body.importMode == "INCREMENTAL" ? .incremental : .full
    }
}

/// Why an import failed, as the job's `failureReason` says it.
private struct ImportRefusal: Error {
    var reason: String
    var badRows: [BadRow] = []
    var badRowCount = 0
    var cause: (any Error)?
}
