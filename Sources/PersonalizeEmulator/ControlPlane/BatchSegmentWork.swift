import Logging
import Recommend
import ServiceKit
import Shapes
import Wire

/// The work of a batch segment job: users for an item, or for attributes of items.
struct BatchSegmentWork: ResourceWork {
    typealias Body = Personalize.BatchSegmentJob

    let context: WorkContext
    let engine: RecommendationEngine

    func run(_ arn: String, _ call: Call) throws(ServiceError) {
        let found = try resources(call) { table -> (Resource<Personalize.BatchSegmentJob>, Deployment)? in
            guard let job = try table.find(arn, as: Personalize.BatchSegmentJob.self), job.lifecycle.needsWork else { return nil }
            let version = try table.existing(job.body.solutionVersionArn ?? "", as: Personalize.SolutionVersion.self, call)
            let group = try table.existing(version.body.datasetGroupArn ?? "", as: Personalize.DatasetGroup.self, call)
            return (job, try Deployment(version, job: arn, group: group.id))
        }
        guard let (job, deployment) = found else { return }
        log.info("batch segmentation started", metadata: ["job": "\(arn)", "recipe": "\(deployment.recipe.name)"])
        do throws(JobFailure) {
            let model = try engine.models.model(of: deployment)
            engine.attributeIndex.prepare(group: deployment.group)
            let deployed = Deployed(deployment: deployment, model: model)
            let users: FilterSubjects
            do throws(ServiceError) {
                users = FilterSubjects(model.userIds, try engine.attributeIndex.attributes(.users, group: deployment.group))
            } catch {
                throw .internal(error)
            }
            let byAttributes = model.recipe == .itemAttributeAffinity
            let done = try runBatch(
                arn,
                from: job.body.jobInput?.s3DataSource.path ?? "",
                to: job.body.jobOutput?.s3DataDestination.path ?? "",
                made: job.made,
                maximumLines: byAttributes ? BatchRules.maximumAttributeQueries : BatchRules.maximumItemQueries,
                call
            ) { try self.segment($0, deployed, users, job.body, call) }
            guard let done else { return }
            log.info("batch segmentation finished", metadata: ["job": "\(arn)", "lines": "\(done.lines)", "errors": "\(done.errors)"])
            try succeed(arn, call)
        } catch {
            try fail(arn, error, call)
        }
    }

    private func segment(
        _ line: [UInt8],
        _ deployed: Deployed,
        _ users: FilterSubjects,
        _ job: Personalize.BatchSegmentJob,
        _ call: Call
    ) throws -> [UInt8] {
        let model = deployed.model
        let byAttributes = model.recipe == .itemAttributeAffinity
        let line = try BatchLine(byAttributes ? ItemAttributes.strict(line) : line)
        var allow = try engine.allowed(
            job.filterArn,
            line.filterValues,
            .user,
            for: RecommendationRequest(deployed: deployed, now: call.now),
            among: users,
            call
        )
        if let remembered = model.remembered {
            if var asked = allow {
                asked.formIntersection(remembered)
                allow = asked
            } else {
                allow = remembered
            }
        }
        let count = job.numResults ?? BatchRules.usualResults
        let found: [String]?
        if byAttributes {
            let attributes = try ItemAttributes.parse(try line.text("itemAttributes"))
            found = model.users(forAttributes: attributes, count: count, allow: allow)
        } else {
            found = model.users(forItem: try line.text("itemId"), count: count, allow: allow)
        }
        guard let found else {
            throw BatchLine.Fault(reason: byAttributes ? "No item has these attributes." : "The item was not seen in training.")
        }
        let output = Document.Fields([("usersList", .list(found.map { .string($0) }))])
        return BatchLine.answer(line.input, .object(output), saysNoError: true)
    }
}

/// `ITEMS.GENRES = "Comedy" AND ITEMS.AUDIENCE = "teen"`: only equality, only AND.
enum ItemAttributes {
    static func parse(_ text: String) throws(BatchLine.Fault) -> [(column: String, value: String)] {
        var scanner = AttributeScanner(text)
        var attributes: [(column: String, value: String)] = []
        repeat {
            let field = scanner.word()
            let parts = field.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].uppercased() == DatasetKind.items.rawValue, !parts[1].isEmpty else {
                throw fault("expected ITEMS.COLUMN and found \"\(field)\"")
            }
            guard scanner.take("=") else { throw fault("expected = after \(field)") }
            guard let value = scanner.quoted() else { throw fault("expected a value in double quotes after \(field) =") }
            attributes.append((String(parts[1]), value))
            if scanner.isAtEnd { return attributes }
        } while scanner.word().uppercased() == "AND"
        throw fault("conditions can be joined by AND only")
    }

    private static func fault(_ reason: String) -> BatchLine.Fault {
        BatchLine.Fault(reason: "Invalid itemAttributes: \(reason).")
    }

    /// AWS's own examples leave the quotes inside the text without backslashes; such a line is written as JSON wants it.
    static func strict(_ line: [UInt8]) -> [UInt8] {
        if (try? JSON.parse(line)) != nil { return line }
        let text = String(decoding: line, as: UTF8.self)
        guard let key = text.firstRange(of: "\"itemAttributes\""), let colon = text[key.upperBound...].firstIndex(of: ":"),
            let first = text[colon...].firstIndex(of: "\""), let last = text.lastIndex(of: "\""), first < last,
            text[text.index(after: last)...].allSatisfy({ " \t\r}".contains($0) })
        else { return line }
        let value = String(text[text.index(after: first)..<last])
        return JSON.write(.object(Document.Fields([("itemAttributes", .string(value))])))
    }
}

/// Words, signs and quoted values, one after the other.
private struct AttributeScanner {
    private var rest: Substring

    init(_ text: String) {
        rest = text[...]
        skip()
    }

    var isAtEnd: Bool { rest.isEmpty }

    private mutating func skip() {
        rest = rest.drop { $0 == " " || $0 == "\t" }
    }

    mutating func word() -> String {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        rest = rest.dropFirst(word.count)
        skip()
        return String(word)
    }

    mutating func take(_ sign: Character) -> Bool {
        guard rest.first == sign else { return false }
        rest = rest.dropFirst()
        skip()
        return true
    }

    mutating func quoted() -> String? {
        guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
        let value = String(rest[rest.index(after: rest.startIndex)..<end])
        rest = rest[rest.index(after: end)...]
        skip()
        return value
    }
}
