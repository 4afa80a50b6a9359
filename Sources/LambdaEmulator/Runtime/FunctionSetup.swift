/// What has to be known of a version of a function to run it.
struct FunctionSetup: Sendable, Equatable {
    var name: String
    /// Without a qualifier.
    var arn: String
    /// `$LATEST` or a number.
    var version: String
    /// Changes with every change of the code or the configuration: processes of another revision serve nobody any more.
    var revision: String
    var runtime: String
    var handler: String
    /// Seconds.
    var timeout: Int
    /// MiB.
    var memory: Int
    /// MiB.
    var storage: Int
    var environment: [String: String]
    /// The record that holds the deployment package.
    var codeID: String
    /// The records that hold the archives of its layers, in the order in which they lie over each other.
    var layers: [String]
    var role: String
    var logGroup: String
    var account: String
    var region: String
    /// How many may run at a time; nil for no bound of the function's own.
    var reserved: Int?

    /// Of all versions, in all accounts and regions.
    var key: String { arn }
    var timeoutMilliseconds: Int64 { Int64(timeout) * 1000 }
}

/// One invocation on its way to a process.
struct PendingInvocation: Sendable {
    var id: String
    var setup: FunctionSetup
    /// As the caller named it, with the qualifier.
    var arn: String
    var payload: [UInt8]
    /// JSON.
    var clientContext: String?
    var trace: String
    /// Called once, on any thread; it must not wait.
    var completion: @Sendable (InvocationOutcome) -> Void
}

/// How an invocation ended.
enum InvocationOutcome: Sendable {
    /// - Parameters:
    ///   - isFailure: the payload is the document of an error.
    ///   - tail: the last 4 KiB of its log.
    ///   - duration: milliseconds.
    case answered(payload: [UInt8], isFailure: Bool, tail: [UInt8], duration: Int64)
    /// There were too many at a time.
    case throttled
    /// It could not be started.
    case refused(code: String, message: String, status: Int)
}
