import Logging
import Recommend
import ServiceKit
import Wire

/// One line of a batch job's input, and the line that answers it.
struct BatchLine {
    /// As it came; a line that is no JSON object is its text.
    let input: Document
    let fields: Document
    let filterValues: [String: String]?

    struct Fault: Error {
        var reason: String
    }

    init(_ line: [UInt8]) throws(Fault) {
        guard let document = try? JSON.parse(line), case .object = document else { throw Fault(reason: "The line is not a JSON object.") }
        input = document
        fields = document
        switch document["filterValues"] {
        case nil: filterValues = nil
        case .object(let values)?:
            var texts: [String: String] = [:]
            for value in values.entries {
                guard let text = value.value.textIfAny else { throw Fault(reason: "filterValues must be a map of texts.") }
                texts[value.name] = text
            }
            filterValues = texts
        default: throw Fault(reason: "filterValues must be a map of texts.")
        }
    }

    /// - Throws: that the line lacks what the recipe asks for.
    func text(_ name: String) throws(Fault) -> String {
        guard let text = fields[name]?.textIfAny, !text.isEmpty else { throw Fault(reason: "The line has no \(name).") }
        return text
    }

    func texts(_ name: String) throws(Fault) -> [String] {
        guard case .list(let items)? = fields[name], !items.isEmpty else { throw Fault(reason: "The line has no \(name).") }
        let texts = items.compactMap(\.textIfAny)
        guard texts.count == items.count else { throw Fault(reason: "\(name) must be a list of texts.") }
        return texts
    }

    /// `{"input": …, "output": …}`; segments and recipes that score say that there was no error.
    static func answer(_ input: Document, _ output: Document, saysNoError: Bool) -> [UInt8] {
        var fields = Document.Fields([("input", input), ("output", output)])
        if saysNoError { fields.append("error", .null) }
        return JSON.write(.object(fields), numbers: .java) + [UInt8(ascii: "\n")]
    }

    static func failure(_ line: [UInt8], _ reason: String) -> [UInt8] {
        let input = (try? JSON.parse(line)) ?? .string(String(decoding: line, as: UTF8.self))
        return JSON.write(.object(Document.Fields([("input", input), ("output", .null), ("error", .string(reason))]))) + [UInt8(ascii: "\n")]
    }
}

extension PersonalizeService {
    /// The model that a batch job asks.
    func model(of deployment: Deployment) throws(JobFailure) -> TrainedModel {
        do throws(ServiceError) {
            if let model = try models.model(deployment.model) { return model }
        } catch {
            throw .internal(error)
        }
        throw .internal(MissingModel.failure(deployment.model))
    }

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
        let (bucket, keys) = try inputKeys(input, call)
        guard keys.count <= BatchRules.maximumFiles else { throw JobFailure(reason: "The input has more than \(BatchRules.maximumFiles) files.") }
        let folder = try outputFolder(output, call)
        // AWS proves with this object that it may write, and leaves it there.
        try write([], to: folder, Self.writeProof, made: made, call)
        var (count, errors, size) = (0, 0, 0)
        for key in keys {
            var answers: [UInt8] = []
            try lines(bucket: bucket, key: key, call) { line in
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
            try write(answers, to: folder, "\(key.split(separator: "/").last ?? "").out", made: made, call)
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
