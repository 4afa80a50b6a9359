package import Wire

/// One invocation of a function by another service.
package struct FunctionInvocation: Sendable {
    /// Name, partial ARN or ARN, with or without a qualifier.
    package var function: String
    package var payload: [UInt8]
    /// `true`: queued, the answer is empty (InvocationType Event).
    package var isAsynchronous: Bool
    package var account: String
    package var region: String
    package var clientContext: String?

    package init(function: String, payload: [UInt8], isAsynchronous: Bool = false, account: String, region: String, clientContext: String? = nil) {
        self.function = function
        self.payload = payload
        self.isAsynchronous = isAsynchronous
        self.account = account
        self.region = region
        self.clientContext = clientContext
    }
}

package struct FunctionAnswer: Sendable {
    package var payload: [UInt8]
    /// `Unhandled` when the function failed; the payload is then the error document.
    package var functionError: String?
    package var executedVersion: String

    package init(payload: [UInt8], functionError: String? = nil, executedVersion: String) {
        self.payload = payload
        self.functionError = functionError
        self.executedVersion = executedVersion
    }
}

/// How another service has a function run.
package protocol FunctionInvoker: Sendable {
    /// Never blocks the caller's thread; `completion` is called once, on any thread.
    func invoke(_ invocation: FunctionInvocation, completion: @escaping @Sendable (Result<FunctionAnswer, ServiceError>) -> Void)
}

extension FunctionInvoker {
    /// Gives an event to the queue of a function, and returns when it is there: then it outlives the process. For threads that may wait.
    /// - Throws: why the queue did not take it.
    package func hand(_ payload: [UInt8], to function: String, account: String, region: String) throws(ServiceError) {
        let outcome = LaterValue<Result<FunctionAnswer, ServiceError>>()
        invoke(FunctionInvocation(function: function, payload: payload, isAsynchronous: true, account: account, region: region)) { outcome.set($0) }
        guard let result = outcome.wait(milliseconds: handingPatience) else {
            throw ServiceError("ServiceException", "The queue of the function did not answer.", status: 500)
        }
        _ = try result.get()
    }
}

/// Milliseconds that an event waits for the queue of a function.
private let handingPatience = 10_000
