import ServiceKit
import Shapes
package import Wire

/// What `/_personalite/dataset` and its neighbours are asked: which resource, by its ARN.
package struct LookRequest: Sendable {
    let arn: String

    /// The parameter that each subject takes.
    private static let names = ["dataset": "datasetArn", "rejected": "datasetImportJobArn", "training": "solutionVersionArn"]

    package static func isOne(_ subject: some StringProtocol) -> Bool { names[String(subject)] != nil }

    /// - Parameters:
    ///   - subject: `dataset`, `rejected` or `training`.
    ///   - query: as it was sent.
    /// - Throws: `InvalidInputException` for anything but that subject's parameter, once.
    package init(_ subject: some StringProtocol, query: String) throws(ServiceError) {
        guard let name = Self.names[String(subject)] else { throw .Personalize.invalidInput("There is nothing called \(subject).") }
        guard let pairs = Percent.pairs(query: query), pairs.count == 1, pairs[0].name == name else {
            throw .Personalize.invalidInput("The parameter is \(name), once.")
        }
        arn = pairs[0].value
    }

    /// Whose the resource is: nobody signs these requests, so its ARN says it.
    func call(_ call: Call) -> Call {
        ARN(arn).map { call.from(account: $0.account, region: $0.region) } ?? call
    }
}
