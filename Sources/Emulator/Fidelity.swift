import PersonalizeEmulator
import S3Emulator
import ServiceKit
import Shapes
import Wire

/// How true each operation of Amazon Personalize is: the one table behind docs/fidelity.md and `/_personalite/fidelity`.
package struct Fidelity: Sendable, Equatable {
    package var service: String
    package var operation: String
    /// Whether the operation is carried out; one that is not answers an honest error.
    package var isDone: Bool
    /// What is known to differ from AWS; empty when nothing is.
    package var differences: String
    /// The file of the test that pins it.
    package var test: String

    /// Every operation of the three models, in their order.
    package static let operations: [Fidelity] =
        rows("personalize", PersonalizeService.operations.map(\.name)) + rows("personalize-events", EventsService.operations.map(\.name))
        + rows("personalize-runtime", RuntimeService.operations.map(\.name))

    private static func rows(_ service: String, _ names: [String]) -> [Fidelity] {
        names.map { name in
            let known = FidelityNotes.all[name]
            return Fidelity(
                service: service,
                operation: name,
                isDone: known != nil,
                differences: known?.differences ?? "",
                test: known?.test ?? ""
            )
        }
    }

    /// As `/_personalite/fidelity` answers it.
    static var document: Document {
        let done = operations.count(where: \.isDone)
        let rows = operations.map { row -> Document in
            .object(
                Document.Fields([
                    ("service", .string(row.service)), ("operation", .string(row.operation)), ("done", .boolean(row.isDone)),
                    ("differences", .string(row.differences)), ("test", .string(row.test)),
                ])
            )
        }
        return .object(
            Document.Fields([("done", .integer(Int64(done))), ("of", .integer(Int64(operations.count))), ("operations", .list(rows))])
        )
    }

    /// As docs/fidelity.md prints it.
    package static var markdown: String {
        var text = "\(operations.count(where: \.isDone)) of \(operations.count) operations are carried out.\n\n"
        text += "| operation | done | differences | test |\n|---|---|---|---|\n"
        for row in operations {
            text += "| \(row.operation) | \(row.isDone ? "yes" : "no") | \(row.differences) | \(row.test.isEmpty ? "" : "`\(row.test)`") |\n"
        }
        return text
    }
}
