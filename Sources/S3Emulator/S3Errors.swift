import Wire

/// S3's errors, in its words.
extension ServiceError {
    static func noSuchBucket(_ name: String) -> ServiceError {
        ServiceError("NoSuchBucket", "The specified bucket does not exist", status: 404, extra: [("BucketName", name)])
    }

    static func noSuchKey(_ key: String) -> ServiceError {
        ServiceError("NoSuchKey", "The specified key does not exist.", status: 404, extra: [("Key", key)])
    }

    static func noSuchUpload(_ id: String) -> ServiceError {
        ServiceError(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
            status: 404,
            extra: [("UploadId", id)]
        )
    }

    static func invalidArgument(_ message: String, _ name: String, _ value: String) -> ServiceError {
        ServiceError("InvalidArgument", message, extra: [("ArgumentName", name), ("ArgumentValue", value)])
    }

    static func invalidRequest(_ message: String) -> ServiceError {
        ServiceError("InvalidRequest", message)
    }

    static var malformedXML: ServiceError {
        ServiceError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
    }

    static var invalidURI: ServiceError {
        ServiceError("InvalidURI", "Couldn't parse the specified URI.")
    }

    static func preconditionFailed(_ condition: String) -> ServiceError {
        ServiceError(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            status: 412,
            extra: [("Condition", condition)]
        )
    }

    static func accessDenied() -> ServiceError {
        ServiceError("AccessDenied", "Access Denied", status: 403)
    }

    static func entityTooLarge(_ size: Int, limit: Int) -> ServiceError {
        ServiceError(
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
            extra: [("ProposedSize", String(size)), ("MaxSizeAllowed", String(limit))]
        )
    }

    static func methodNotAllowed(_ method: String, _ kind: String) -> ServiceError {
        ServiceError(
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            status: 405,
            extra: [("Method", method), ("ResourceType", kind)]
        )
    }

    /// What S3 has and this server does not.
    static func notImplemented(_ what: String) -> ServiceError {
        ServiceError(
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
            status: 501,
            hint: "personalite does not carry out \(what); docs/fidelity.md lists what it does"
        )
    }

    init(_ refusal: AuthenticationRefusal, hint: String? = nil) {
        self.init(refusal.code, refusal.message, status: refusal.status, extra: refusal.members, hint: hint)
    }

    init(_ fault: PayloadFault) {
        var hint: String?
        if case .unbuiltChecksum = fault { hint = Self.foreignChecksum }
        self.init(fault.s3Refusal, hint: hint)
    }

    private static let foreignChecksum = """
        personalite does not carry out XXHASH64, XXHASH3 and XXHASH128; docs/fidelity-s3.md lists the checksums it does
        """

    /// Of an algorithm that S3 has and this server has not, where it is no header's name.
    static func foreignAlgorithm(_ name: String) -> ServiceError {
        ServiceError(
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
            status: 501,
            extra: [("Header", name)],
            hint: foreignChecksum
        )
    }
}
