package import Wire

/// A service as the front of the server sees it: operations by name or path, and how shape breaches are worded.
package struct ServiceTable: Sendable {
    package struct Entry: Sendable {
        package var name: String
        package var input: Shape
        /// Finishes within microseconds and touches no database, so that it may run where the bytes arrived.
        package var isDataPlane: Bool
        package var run: @Sendable (Document, Call) throws(ServiceError) -> Document?
        package var direct: DirectOperation?
    }

    private let entries: [String: Entry]
    /// The name in signatures and in the rules of faults.
    package let service: String
    /// Refuses calls that come too often; nil where nothing counts them.
    private let rates: (@Sendable (String, Document, Call) throws(ServiceError) -> Void)?
    /// The error that a broken constraint is answered with.
    private let violationCode: String

    /// - Parameters:
    ///   - dataPlane: the names of the operations that must not wait for anything.
    ///   - direct: the short roads of those that have one.
    package init<Service: Sendable>(
        _ service: Service,
        _ operations: [Operation<Service>],
        name: String,
        byPath: Bool = false,
        dataPlane: Set<String>,
        direct: [String: DirectOperation] = [:],
        rates: (@Sendable (String, Document, Call) throws(ServiceError) -> Void)? = nil,
        violationCode: String
    ) {
        self.violationCode = violationCode
        self.service = name
        self.rates = rates
        var entries: [String: Entry] = [:]
        for operation in operations {
            entries[byPath ? operation.path : operation.name] = Entry(
                name: operation.name,
                input: operation.input,
                isDataPlane: dataPlane.contains(operation.name),
                run: { (document, call) throws(ServiceError) in try operation.run(service, document, call) },
                direct: direct[operation.name]
            )
        }
        self.entries = entries
    }

    package subscript(key: String) -> Entry? {
        entries[key]
    }

    /// Types first, then constraints, then the operation itself.
    package func run(_ entry: Entry, _ body: Document, _ call: Call, as format: PayloadFormat = .json) throws(ServiceError) -> Document? {
        var violations: [Violation] = []
        let input: Document
        do {
            input = try entry.input.check(body, &violations, as: format)
        } catch {
            throw ServiceError("SerializationException", error.message)
        }
        guard violations.isEmpty else { throw ServiceError(violationCode, Violation.message(violations)) }
        try rates?(entry.name, input, call)
        return try entry.run(input, call)
    }
}
