package import Wire

/// How a service speaks where AWS's services differ.
package struct ServiceDialect: Sendable {
    /// Its name in the rules of faults.
    package let name: String
    /// Its name in the scope of signatures: the services of Personalize share one.
    package let signingName: String
    /// Whether a path names the operation, and not a header.
    package let isByPath: Bool
    /// The error that a broken constraint is answered with.
    package let violationCode: String
    /// The Java package of its classes, which stand in clauses about lists of structures.
    package let package: String
    package let numbers: JSON.NumberForm

    package init(
        name: String,
        signingName: String? = nil,
        isByPath: Bool = false,
        violationCode: String,
        package: String,
        numbers: JSON.NumberForm
    ) {
        self.name = name
        self.signingName = signingName ?? name
        self.isByPath = isByPath
        self.violationCode = violationCode
        self.package = package
        self.numbers = numbers
    }
}
