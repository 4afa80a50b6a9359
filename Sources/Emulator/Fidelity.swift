import IdentityEmulator
import ParameterEmulator
import PersonalizeEmulator
import S3Emulator
import ServiceKit
import Shapes
import Wire

/// How true an operation is: of Amazon Personalize all of them, for docs/fidelity.md and `/_personalite/fidelity`; of STS, IAM and the parameter
/// store those that are carried out, for docs/fidelity-identity.md.
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

    /// The operations of STS, IAM and the parameter store.
    package static let identity: [Fidelity] = [("sts", STS.inputs), ("iam", IAM.inputs), ("ssm", SSM.inputs)].flatMap { service, inputs in
        inputs.map { row in
            let differences = IdentityNotes.differences[row.name] ?? ""
            return Fidelity(service: service, operation: row.name, isDone: true, differences: differences, test: "test_identity.py")
        }
    }

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
            Document.Fields([
                ("done", .integer(Int64(done))), ("of", .integer(Int64(operations.count))), ("operations", .list(rows)), ("services", services),
            ])
        )
    }

    /// Every service that is here, whatever else it is asked for is refused by name.
    private static var services: Document {
        .list(
            HostedServices.all.map { service in
                .members([("service", .string(service.name)), ("title", .string(service.title)), ("page", .string(service.page))])
            }
        )
    }

    /// As docs/fidelity-identity.md prints its table.
    package static var identityMarkdown: String {
        var text = "| service | operation | differences |\n|---|---|---|\n"
        for row in identity { text += "| \(row.service) | \(row.operation) | \(row.differences) |\n" }
        return text
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
