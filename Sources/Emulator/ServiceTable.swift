import Wire

/// A service as the front of the server sees it: operations by name or path, and how shape breaches are worded.
struct ServiceTable: Sendable {
    struct Entry: Sendable {
        var name: String
        var input: Shape
        /// Finishes within microseconds and touches no database, so that it may run where the bytes arrived.
        var isDataPlane: Bool
        var run: @Sendable (Document, Call) throws(ServiceError) -> Document?
    }

    private let entries: [String: Entry]
    /// The error that a broken constraint is answered with.
    let violationCode: String

    /// - Parameter dataPlane: the names of the operations that must not wait for anything.
    init<Service: Sendable>(
        _ service: Service,
        _ operations: [Operation<Service>],
        byPath: Bool = false,
        dataPlane: Set<String>,
        violationCode: String
    ) {
        self.violationCode = violationCode
        var entries: [String: Entry] = [:]
        for operation in operations {
            entries[byPath ? operation.path : operation.name] = Entry(
                name: operation.name,
                input: operation.input,
                isDataPlane: dataPlane.contains(operation.name),
                run: { (document, call) throws(ServiceError) in try operation.run(service, document, call) }
            )
        }
        self.entries = entries
    }

    subscript(key: String) -> Entry? {
        entries[key]
    }

    /// Types first, then constraints, then the operation itself.
    func run(_ entry: Entry, _ body: Document, _ call: Call) throws(ServiceError) -> Document? {
        var violations: [Violation] = []
        let input: Document
        do {
            input = try entry.input.check(body, &violations)
        } catch {
            throw ServiceError("SerializationException", error.message)
        }
        guard violations.isEmpty else { throw ServiceError(violationCode, Violation.message(violations)) }
        return try entry.run(input, call)
    }
}
