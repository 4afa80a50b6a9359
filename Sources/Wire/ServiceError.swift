/// The one error that operations throw: what AWS's service would answer.
package struct ServiceError: Error, Sendable {
    /// The bare name, such as `ResourceNotFoundException`.
    package var code: String
    /// Nil where the service sends no text at all.
    package var message: String?
    package var status: Int
    /// More members of the error body, in S3's answers.
    package var extra: [(name: String, value: String)]
    /// More headers of the answer, in S3's answers; names in lower case.
    package var headers: [(name: String, value: String)] = []
    /// For people only: sent as a header and logged, never put into AWS's message.
    package var hint: String?
    /// Logged, never sent.
    package var cause: (any Error)?

    package init(
        _ code: String,
        _ message: String?,
        status: Int = 400,
        extra: [(name: String, value: String)] = [],
        hint: String? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra
        self.hint = hint
        self.cause = cause
    }
}
