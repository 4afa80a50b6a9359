/// One row of a service's table: a modelled operation, bound to the method that carries it out.
package struct Operation<Service: Sendable>: Sendable {
    package let name: String
    /// The path of a REST operation; `/` for the others.
    package let path: String
    package let input: Shape
    /// Reads the checked input, runs the method, and gives the output; nil where the model has none.
    package let run: @Sendable (Service, Document, Call) throws(ServiceError) -> Document?

    package init(
        _ name: String,
        path: String = "/",
        input: Shape,
        run: @escaping @Sendable (Service, Document, Call) throws(ServiceError) -> Document?
    ) {
        self.name = name
        self.path = path
        self.input = input
        self.run = run
    }
}
