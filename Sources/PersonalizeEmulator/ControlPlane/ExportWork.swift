import Logging
import Recommend
import ServiceKit
import Shapes
import Wire

/// The work of a dataset export job: a dataset's rows as one CSV file, in the columns of its schema.
struct DatasetExportWork: ResourceWork {
    typealias Body = Personalize.DatasetExportJob

    let context: WorkContext
    let datasets: DatasetStore
    let events: EventStore
    let rows: StreamedRows

    func run(_ arn: String, _ call: Call) throws(ServiceError) {
        let found = try resources(call) { table -> (Resource<Personalize.DatasetExportJob>, DatasetKind, DatasetID, [ColumnSpec])? in
            guard let job = try table.find(arn, as: Personalize.DatasetExportJob.self), job.lifecycle.needsWork else { return nil }
            let dataset = try table.existing(job.body.datasetArn ?? "", as: Personalize.Dataset.self, call)
            return (job, try dataset.kind, dataset.id, try table.schema(of: dataset, call).columns)
        }
        guard let (job, kind, dataset, columns) = found else { return }
        log.info("export started", metadata: ["job": "\(arn)", "mode": "\(job.body.ingestionMode ?? "")"])
        do throws(JobFailure) {
            var text = CSVText(columns)
            for table in try exported(dataset, kind, columns, mode: job.body.ingestionMode ?? "PUT") {
                text.append(table)
                log.debug("\(text.rowCount) rows written", metadata: ["job": "\(arn)"])
                if jobs.isStopping { return }
            }
            let folder = try files.outputFolder(job.body.jobOutput?.s3DataDestination.path ?? "", call)
            try files.write(text.bytes, to: folder, "\(job.body.jobName ?? "").csv", made: job.made, call)
            log.info("export finished", metadata: ["job": "\(arn)", "rows": "\(text.rowCount)", "to": "s3://\(folder.bucket)/\(folder.key)"])
            try succeed(arn, call)
        } catch {
            try fail(arn, error, call)
        }
    }

    /// BULK: what imports brought. PUT: what was streamed, all of it. ALL: both, and of items, users and actions the newest row of each id.
    private func exported(_ dataset: DatasetID, _ kind: DatasetKind, _ columns: [ColumnSpec], mode: String) throws(JobFailure) -> [Table] {
        let held: Table?
        do throws(ServiceError) { held = try mode == "PUT" ? nil : datasets.table(dataset) } catch { throw .internal(error) }
        // Rows from before the schema got more columns have nulls in them.
        let bulk = held.map { $0.specs == columns ? $0 : $0.merging(Table(columns), mode: .incremental, kind: kind) }
        let isKeyed = kind.key != nil
        func streamed() throws(JobFailure) -> Table {
            do throws(ServiceError) {
                return StreamedTables.table(try events.all(dataset: dataset), columns, kind: kind)
            } catch {
                throw .internal(error)
            }
        }
        switch mode {
        case "BULK": return [bulk].compactMap(\.self)
        case "ALL":
            guard isKeyed else { return [bulk, try streamed()].compactMap(\.self) }
            return [
                (bulk ?? Table(columns)).merging(
                    StreamedTables.table(rows.newest(dataset: dataset), columns, kind: kind),
                    mode: .incremental,
                    kind: kind
                )
            ]
        default:
            return isKeyed
                ? [StreamedTables.table(rows.all(dataset: dataset), columns, kind: kind)]
                : [try streamed()]
        }
    }
}
