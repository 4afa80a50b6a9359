package import Wire

extension ServiceError {
    /// For an operation of the model that this server does not carry out.
    package static func unsupported(_ operation: String) -> ServiceError {
        ServiceError(
            "UnsupportedOperationException",
            "The operation \(operation) is not supported.",
            status: 501,
            hint: "personalite does not carry out \(operation) yet; docs/fidelity.md lists what it does"
        )
    }
}
