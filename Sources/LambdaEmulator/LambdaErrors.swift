import Wire

extension ServiceError {
    static func invalidParameter(_ message: String) -> ServiceError { ServiceError("InvalidParameterValueException", message) }

    /// For what the model has and is not carried out here.
    static func notHere(_ what: String) -> ServiceError {
        ServiceError(
            "InvalidParameterValueException",
            "\(what) is not carried out by personalite.",
            hint: "docs/fidelity-lambda.md lists what is carried out"
        )
    }

    static func functionNotFound(_ arn: String) -> ServiceError {
        ServiceError("ResourceNotFoundException", "Function not found: \(arn)", status: 404)
    }

    static func aliasNotFound(_ arn: String) -> ServiceError {
        ServiceError("ResourceNotFoundException", "Cannot find alias arn: \(arn)", status: 404)
    }

    static func conflict(_ message: String) -> ServiceError { ServiceError("ResourceConflictException", message, status: 409) }

    static let wrongRevision = ServiceError(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
        status: 412
    )

    static let tooManyRequests = ServiceError("TooManyRequestsException", "Rate Exceeded.", status: 429)
}
