import Logging
import ServiceKit
import Shapes
import Wire

/// Real work that a resource waits for: an import, a training, an export. What is to be done is read from the resource when its turn comes.
protocol ResourceWork: Sendable {
    /// The resource that waits.
    associatedtype Body: FailingBody

    var context: WorkContext { get }

    /// Does the work, if the resource is still there and still waits for it, and brings it to its status.
    func run(_ arn: String, _ call: Call) throws(ServiceError)

    /// Brings the resource to CREATE FAILED, if it still waits, once something has thrown out of `run`.
    func fail(_ arn: String, _ reason: String, _ call: Call) throws(ServiceError)
}

/// What every kind of work needs.
struct WorkContext: Sendable {
    let resources: ResourceTransactions
    let files: JobFiles
    let jobs: Jobs
    let log: Logger

    var time: any TimeSource { resources.time }
}

/// The body of a resource that says why its work failed.
protocol FailingBody: ResourceBody {
    var failureReason: String? { get set }
}

extension Personalize.DatasetImportJob: FailingBody {}
extension Personalize.DatasetExportJob: FailingBody {}
extension Personalize.DataDeletionJob: FailingBody {}
extension Personalize.BatchInferenceJob: FailingBody {}
extension Personalize.BatchSegmentJob: FailingBody {}
extension Personalize.SolutionVersion: FailingBody {}
extension Personalize.Recommender: FailingBody {}

extension ResourceWork {
    var resources: ResourceTransactions { context.resources }
    var files: JobFiles { context.files }
    var jobs: Jobs { context.jobs }
    var log: Logger { context.log }

    func fail(_ arn: String, _ reason: String, _ call: Call) throws(ServiceError) {
        try resources.finish(arn, Body.self, as: .createFailed, call) { $0.failureReason = reason }
    }

    /// The work has done what it was for.
    func succeed(_ arn: String, _ call: Call) throws(JobFailure) {
        do throws(ServiceError) {
            try resources.finish(arn, Body.self, as: .active, call) { _ in }
        } catch {
            throw .internal(error)
        }
    }

    /// The work has failed; the log and the resource take the reason.
    func fail(_ arn: String, _ failure: JobFailure, _ call: Call) throws(ServiceError) {
        log.error(
            "job failed",
            metadata: ["job": "\(arn)", "reason": "\(failure.reason)", "cause": "\(failure.cause.map { "\($0)" } ?? "the data")"]
        )
        try resources.finish(arn, Body.self, as: .createFailed, call) { $0.failureReason = failure.reason }
    }
}
