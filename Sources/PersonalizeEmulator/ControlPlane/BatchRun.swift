import Logging
import Recommend
import ServiceKit
import Wire

extension ResourceWork {
    /// Answers every line of a batch job's input; each file has an answer of its own, `NAME.out`.
    /// - Parameter made: when the job was made; nothing that it writes looks older.
    /// - Returns: how many lines were answered, and how many of them with an error; nil when the server goes down.
    func runBatch(
        _ arn: String,
        from input: String,
        to output: String,
        made: Timestamp,
        maximumLines: Int = .max,
        _ call: Call,
        _ answer: ([UInt8]) throws -> [UInt8]
    ) throws(JobFailure) -> (lines: Int, errors: Int)? {
        let (bucket, keys) = try files.inputKeys(input, call)
        guard keys.count <= BatchRules.maximumFiles else { throw JobFailure(reason: "The input has more than \(BatchRules.maximumFiles) files.") }
        let folder = try files.outputFolder(output, call)
        // AWS proves with this object that it may write, and leaves it there.
        try files.write([], to: folder, JobFiles.writeProof, made: made, call)
        var (count, errors, size) = (0, 0, 0)
        for key in keys {
            var answers: [UInt8] = []
            try files.lines(bucket: bucket, key: key, call) { line in
                count += 1
                size += line.count
                guard count <= maximumLines, size <= BatchRules.maximumInput, !jobs.isStopping else { return false }
                do {
                    answers += try answer(line)
                } catch {
                    errors += 1
                    answers += BatchLine.failure(line, Self.reason(error))
                }
                if count.isMultiple(of: 10_000) { log.info("\(count) lines answered", metadata: ["job": "\(arn)"]) }
                return true
            }
            if jobs.isStopping { return nil }
            guard count <= maximumLines else { throw JobFailure(reason: "The input has more than \(maximumLines) lines.") }
            guard size <= BatchRules.maximumInput else { throw JobFailure(reason: "The input is larger than 1 GB.") }
            try files.write(answers, to: folder, "\(key.split(separator: "/").last ?? "").out", made: made, call)
        }
        return (count, errors)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let fault as BatchLine.Fault: fault.reason
        case let refusal as ServiceError where refusal.cause != nil: JobFailure.reason(refusal)
        case let refusal as ServiceError: refusal.message ?? refusal.code
        default: "An internal error occurred."
        }
    }
}
