import Dispatch
import Logging
import ServiceKit
import Synchronization
import Wire

/// Has functions make, change and delete custom resources, and takes what they send back.
///
/// Who asks waits some seconds. After them the stack gives its turn and its thread back; it goes on when the response comes, or when the time for it is over.
package final class CustomResources: Sendable {
    private enum Ending: Sendable {
        /// The response is written down.
        case answered
        /// The function ended without having sent anything.
        case failed(String)
        /// There was no function to ask.
        case refused(String)
    }

    private struct State {
        /// Requests whose functions this process has asked.
        var asked: Set<String> = []
        var endings: [String: Ending] = [:]
        /// What goes on when a request has come to an end, and until when that may take.
        var parked: [String: (deadline: Int64, wake: @Sendable () -> Void)] = [:]
        var isTicking = false
    }

    /// Responses are sent to this path and a name that nobody guesses.
    package static let path = "/_aws/cloudformation/responses/"
    /// Bytes of a response: "Custom resource response objects" (CloudFormation user guide, 2026).
    private static let longest = 4096
    private static let deepestData = 16
    /// Seconds of the machine that a stack keeps its turn for a response.
    private static let patience = 3.0
    /// In the place of a response that is not kept.
    private static let tooLong = "too long"

    private let functions: any FunctionInvoker
    private let address: ServerAddress
    private let store: Store
    private let time: any TimeSource
    private let log: Logger
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "custom resources")

    init(functions: any FunctionInvoker, address: ServerAddress, store: Store, time: any TimeSource, log: Logger) {
        (self.functions, self.address, self.store, self.time, self.log) = (functions, address, store, time, log)
    }

    // MARK: Responses

    /// Takes a response. The first one counts. For threads that may wait.
    /// - Returns: whether it was waited for.
    package func receive(_ name: String, _ body: [UInt8]) -> Bool {
        let text = body.count > Self.longest ? Self.tooLong : String(decoding: body, as: UTF8.self)
        do throws(ServiceError) {
            return try store.write { transaction in
                let table = CustomRequest.table(transaction)
                guard let record = try table.find(CustomRequest.kind, name) else { return false }
                var request = CustomRequest(record)
                guard request.response == nil else { return true }
                request.response = text
                try request.save(in: table)
                transaction.afterCommit { [self] _ in end(name, .answered) }
                return true
            }
        } catch {
            log.error("the response of a custom resource could not be kept", metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.code)"])
            return false
        }
    }

    private func end(_ name: String, _ ending: Ending) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            // Nobody waits for a function that ends after its response was taken.
            guard state.asked.contains(name) || state.parked[name] != nil else { return nil }
            if state.endings[name] == nil { state.endings[name] = ending }
            return state.parked.removeValue(forKey: name)?.wake
        }
        wake?()
    }

    private func isEnded(_ name: String) -> Bool { state.withLock { $0.endings[name] != nil } }

    // MARK: Asking

    /// Asks a function, and waits until it has sent its response.
    /// - Parameters:
    ///   - event: without the members that every event has.
    ///   - seconds: of the server's time.
    ///   - fallback: the id that a resource gets when its function gave it none and may have made something.
    /// - Throws: the reason for which the resource fails; `interrupted` when the stack is to go on later.
    func ask(
        _ event: [(name: String, value: Document?)],
        function: String,
        seconds: Int,
        fallback: String?,
        _ context: ResourceContext
    ) throws(ServiceError) -> Document {
        let asked = event + [("ServiceToken", .string(function))]
        let request = try request(SHA256Hex.text(of: JSON.write(.members(asked))), seconds: seconds, context)
        if request.response == nil {
            invoke(request, asked, function, context)
            // It may have come before anybody here waited for it.
            if try kept(request)?.response != nil { end(request.name, .answered) }
            let patience = DispatchTime.now() + Self.patience
            try context.wait { () throws(ServiceError) -> Bool in
                if isEnded(request.name) || context.time.now.milliseconds >= request.deadline { return true }
                guard DispatchTime.now() >= patience, park(request, context) else { return false }
                throw .interrupted
            }
        }
        defer { forget(request) }
        let ending = request.response == nil ? state.withLock { $0.endings[request.name] } : .answered
        if case .refused(let reason)? = ending { throw .invalid("The function failed before it sent a response: \(reason)") }
        if let fallback { context.note(fallback) }
        switch ending {
        case .answered: return try Self.checked(try response(request), request.id, context)
        case .failed(let reason), .refused(let reason): throw .invalid("The function failed before it sent a response: \(reason)")
        case nil:
            throw .invalid(
                """
                CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [\(request.id)]. If you are \
                using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated \
                version.
                """
            )
        }
    }

    /// The request of a resource that is open, or a new one in the place of what was asked before.
    private func request(_ digest: String, seconds: Int, _ context: ResourceContext) throws(ServiceError) -> CustomRequest {
        let place = CustomRequest.place(context.place.id, context.logicalID)
        let deadline = context.time.now.milliseconds + Int64(seconds) * 1000
        return try store.write { transaction in
            let table = CustomRequest.table(transaction)
            let known = try table.list(CustomRequest.kind, parent: place).map { CustomRequest($0) }
            if let open = known.first(where: { $0.digest == digest }) { return open }
            for other in known { try table.remove(CustomRequest.kind, other.name) }
            let request = CustomRequest(place: place, digest: digest, deadline: deadline)
            try request.save(in: table)
            return request
        }
    }

    /// Asks the function unless this process has: what an earlier process asked ended with it.
    private func invoke(_ request: CustomRequest, _ event: [(name: String, value: Document?)], _ function: String, _ context: ResourceContext) {
        guard state.withLock({ $0.asked.insert(request.name).inserted }) else { return }
        let common: [(name: String, value: Document?)] = [
            ("ResponseURL", .string(address.url + Self.path + request.name)), ("StackId", .string(context.place.id)),
            ("RequestId", .string(request.id)),
            ("LogicalResourceId", .string(context.logicalID)),
        ]
        let invocation = FunctionInvocation(
            function: function,
            payload: JSON.write(.members(event + common)),
            account: context.place.account,
            region: context.place.region
        )
        functions.invoke(invocation) { [self] result in
            switch result {
            case .success(let answer) where answer.functionError != nil:
                end(request.name, .failed(String(decoding: answer.payload.prefix(1024), as: UTF8.self)))
            case .success: break
            case .failure(let error): end(request.name, .refused(error.message ?? error.code))
            }
        }
    }

    private func kept(_ request: CustomRequest) throws(ServiceError) -> CustomRequest? {
        try store.read { try RecordTable.shared($0).find(CustomRequest.kind, request.name).map { CustomRequest($0) } }
    }

    private func response(_ request: CustomRequest) throws(ServiceError) -> Document {
        guard let text = try kept(request)?.response else { throw .invalid("The response was lost.") }
        guard text != Self.tooLong else { throw .invalid("Response object is too long.") }
        guard let document = try? JSON.parse(text), case .object = document else {
            throw .invalid("Invalid response object: the response is no JSON object.")
        }
        return document
    }

    /// Its record goes with the transaction that says what became of the resource (`StackRun.enter`): a kill between the two asks no function again.
    private func forget(_ request: CustomRequest) {
        state.withLock { state in
            state.asked.remove(request.name)
            state.endings[request.name] = nil
            state.parked[request.name] = nil
        }
    }

    // MARK: Waiting without a turn

    /// - Returns: whether the stack is woken when the request ends; not so when it has.
    private func park(_ request: CustomRequest, _ context: ResourceContext) -> Bool {
        let wake = { @Sendable [weak engine = context.engine, call = context.call, id = context.place.id] () -> Void in
            engine?.wake(id, call)
        }
        let (isParked, ticks) = state.withLock { state in
            guard state.endings[request.name] == nil else { return (false, false) }
            state.parked[request.name] = (request.deadline, wake)
            defer { state.isTicking = true }
            return (true, !state.isTicking)
        }
        if ticks { tick() }
        return isParked
    }

    /// While stacks wait, it looks each second of the machine, for the server's clock may be moved.
    private func tick() {
        queue.asyncAfter(deadline: .now() + 1) { [self] in
            let now = time.now.milliseconds
            let (due, goesOn) = state.withLock { state in
                let due = state.parked.filter { $0.value.deadline <= now }
                for name in due.keys { state.parked[name] = nil }
                state.isTicking = !state.parked.isEmpty
                return (due.values.map(\.wake), state.isTicking)
            }
            for wake in due { wake() }
            if goesOn { tick() }
        }
    }

    /// Nobody is woken any more; requests stay written down.
    func forgetWaiting() { state.withLock { $0.parked = [:] } }

    private static func checked(_ answer: Document, _ request: String, _ context: ResourceContext) throws(ServiceError) -> Document {
        let expected = [("StackId", context.place.id), ("RequestId", request), ("LogicalResourceId", context.logicalID)]
        for (member, value) in expected where answer[member]?.textIfAny != value { throw .invalid("Invalid response object: \(member) is another.") }
        let id = answer["PhysicalResourceId"]?.scalarText
        if let id, !id.isEmpty, id.utf8.count <= 1024 { context.note(id) }
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
