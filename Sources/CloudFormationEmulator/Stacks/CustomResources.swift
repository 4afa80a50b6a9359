package import ServiceKit
import Synchronization
import Wire

/// Has functions make, change and delete custom resources, and takes what they send back.
package final class CustomResources: Sendable {
    private enum Answer: Sendable {
        case open
        case sent(Document)
        /// The function ended without having sent anything.
        case failed(String)
    }

    /// Responses are sent to this path and a name that nobody guesses.
    package static let path = "/_aws/cloudformation/responses/"
    /// Bytes of a response: "Custom resource response objects" (CloudFormation user guide, 2026).
    private static let longest = 4096
    private static let deepestData = 16

    private let functions: any FunctionInvoker
    private let address: ServerAddress
    private let answers = Mutex<[String: Answer]>([:])

    package init(functions: any FunctionInvoker, address: ServerAddress) {
        self.functions = functions
        self.address = address
    }

    /// Takes a response. The first one counts.
    /// - Returns: whether it was waited for.
    package func receive(_ name: String, _ body: [UInt8]) -> Bool {
        let answer: Answer
        if body.count > Self.longest {
            answer = .failed("Response object is too long.")
        } else if let document = try? JSON.parse(body), case .object = document {
            answer = .sent(document)
        } else {
            answer = .failed("Invalid response object: the response is no JSON object.")
        }
        return answers.withLock { answers in
            guard let known = answers[name] else { return false }
            if case .open = known { answers[name] = answer }
            return true
        }
    }

    /// Asks a function once, and waits until it has sent its response.
    /// - Parameters:
    ///   - event: without the members that every event has.
    ///   - seconds: of the server's time.
    /// - Throws: the reason for which the resource fails.
    func ask(_ event: [(name: String, value: Document?)], function: String, seconds: Int, _ context: ResourceContext) throws(ServiceError) -> Document
    {
        let (name, request) = (HexText.random(digits: 32), UUIDText.random())
        answers.withLock { $0[name] = .open }
        defer { answers.withLock { _ = $0.removeValue(forKey: name) } }
        let common: [(name: String, value: Document?)] = [
            ("ServiceToken", .string(function)), ("ResponseURL", .string(address.url + Self.path + name)), ("StackId", .string(context.place.id)),
            ("RequestId", .string(request)), ("LogicalResourceId", .string(context.logicalID)),
        ]
        let invocation = FunctionInvocation(
            function: function,
            payload: JSON.write(.members(event + common)),
            account: context.place.account,
            region: context.place.region
        )
        functions.invoke(invocation) { [self] result in
            let failure: String?
            switch result {
            case .success(let answer) where answer.functionError != nil: failure = String(decoding: answer.payload.prefix(1024), as: UTF8.self)
            case .success: failure = nil
            case .failure(let error): failure = error.message ?? error.code
            }
            guard let failure else { return }
            answers.withLock { answers in
                if case .open = answers[name] { answers[name] = .failed("The function failed before it sent a response: \(failure)") }
            }
        }
        let end = context.time.now.milliseconds + Int64(seconds) * 1000
        try context.wait { () throws(ServiceError) -> Bool in
            let isOpen = answers.withLock { answers in if case .open = answers[name] { true } else { false } }
            guard isOpen, context.time.now.milliseconds >= end else { return !isOpen }
            throw .invalid(
                """
                CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [\(request)]. If you are \
                using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated \
                version.
                """
            )
        }
        switch answers.withLock({ $0[name] }) {
        case .sent(let answer): return try Self.checked(answer, request, context)
        case .failed(let reason): throw .invalid(reason)
        case .open, nil: throw .interrupted
        }
    }

    private static func checked(_ answer: Document, _ request: String, _ context: ResourceContext) throws(ServiceError) -> Document {
        let expected = [("StackId", context.place.id), ("RequestId", request), ("LogicalResourceId", context.logicalID)]
        for (member, value) in expected where answer[member]?.textIfAny != value { throw .invalid("Invalid response object: \(member) is another.") }
        let id = answer["PhysicalResourceId"]?.scalarText
        if let id, id.utf8.count <= 1024 { context.note(id) }
        switch answer["Status"]?.textIfAny {
        case "SUCCESS": break
        case "FAILED":
            let reason = answer["Reason"]?.scalarText ?? ""
            throw .invalid("Received response status [FAILED] from custom resource. Message returned: \(reason) (RequestId: \(request))")
        default: throw .invalid("Invalid response object: Status is neither SUCCESS nor FAILED.")
        }
        guard let id, !id.isEmpty, id.utf8.count <= 1024 else { throw .invalid("Invalid PhysicalResourceId") }
        switch answer["Data"] {
        case nil, .null?: break
        case .object?:
            guard let data = answer["Data"], data.depth <= deepestData else {
                throw .invalid("Invalid response object: Data is nested deeper than \(deepestData) levels (personalite's limit).")
            }
        default: throw .invalid("Invalid response object: Data is no object.")
        }
        return answer
    }
}
