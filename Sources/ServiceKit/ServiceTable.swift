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
    package let dialect: ServiceDialect
    /// Refuses calls that come too often; nil where nothing counts them.
    private let rates: (@Sendable (String, Document, Call) throws(ServiceError) -> Void)?
    /// What becomes of a request before it is checked.
    private let prepare: (@Sendable (String, Document, Call) -> Document)?

    /// - Parameters:
    ///   - dataPlane: the names of the operations that must not wait for anything.
    ///   - direct: the fast paths of those that have one.
    ///   - prepare: what becomes of a request before it is checked, by the operation's name; nil where nothing does.
    package init<Service: Sendable>(
        _ service: Service,
        _ operations: [Operation<Service>],
        _ dialect: ServiceDialect,
        dataPlane: Set<String>,
        direct: [String: DirectOperation] = [:],
        rates: (@Sendable (String, Document, Call) throws(ServiceError) -> Void)? = nil,
        prepare: (@Sendable (String, Document, Call) -> Document)? = nil
    ) {
        self.dialect = dialect
        self.rates = rates
        self.prepare = prepare
        var entries: [String: Entry] = [:]
        for operation in operations {
            entries[dialect.isByPath ? operation.path : operation.name] = Entry(
                name: operation.name,
                input: operation.input,
                isDataPlane: dataPlane.contains(operation.name),
                run: { (document, call) throws(ServiceError) in try operation.run(service, document, call) },
                direct: direct[operation.name]
            )
        }
        self.entries = entries
    }

    /// A service whose operations are closures by their names.
    ///
    /// - Parameters:
    ///   - inputs: every operation that is carried out, and what it takes.
    ///   - work: what carries out each of them; one that is missing is a mistake in the service.
    package init<Service: Sendable>(
        _ service: Service,
        inputs: [(name: String, input: Shape)],
        work: [String: @Sendable (Service, Document, Call) throws(ServiceError) -> Document?],
        _ dialect: ServiceDialect,
        dataPlane: Set<String> = []
    ) {
        let operations = inputs.map { row -> Operation<Service> in
            guard let run = work[row.name] else { preconditionFailure("nothing carries out \(row.name)") }
            return Operation(row.name, input: row.input, run: run)
        }
        self.init(service, operations, dialect, dataPlane: dataPlane)
    }

    package subscript(key: String) -> Entry? {
        entries[key]
    }

    /// Types first, then constraints, then the operation itself.
    package func run(_ entry: Entry, _ body: Document, _ call: Call, as format: PayloadFormat = .json) throws(ServiceError) -> Document? {
        var violations: [Violation] = []
        let input: Document
        do {
            let body = prepare?(entry.name, body, call) ?? body
            input = try entry.input.check(body, &violations, as: format, package: dialect.package)
        } catch {
            throw ServiceError("SerializationException", error.message)
        }
        guard violations.isEmpty else { throw ServiceError(dialect.violationCode, Violation.message(violations)) }
        try rates?(entry.name, input, call)
        return try entry.run(input, call)
    }
}
