import Dispatch
import Logging
import Synchronization
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// A whole emulator without sockets: requests in, answers out.
final class EmulatorHarness: Sendable {
    let emulator: Emulator
    let time: ManualTime

    init(
        directory: String? = nil,
        authentication: ServerConfiguration.Authentication = .off,
        _ adjust: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = ServerConfiguration()
        configuration.dataDirectory = directory
        configuration.authentication = authentication
        adjust(&configuration)
        time = ManualTime()
        emulator = try Emulator(configuration, time: time, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// One request and its answer.
    func answer(_ request: WireRequest) -> WireResponse {
        awaited { emulator.answer(request, $0) }
    }

    /// What is replied with, whenever that is.
    func awaited(_ body: (@escaping @Sendable (WireResponse) -> Void) -> Void) -> WireResponse {
        let arrived = DispatchSemaphore(value: 0)
        let box = Mutex<WireResponse?>(nil)
        body { response in
            box.withLock { $0 = response }
            arrived.signal()
        }
        arrived.wait()
        return box.withLock { $0 } ?? WireResponse(status: 0)
    }

    /// One request and its answer, its body on the way that the server chooses for it: gathered, or piece by piece into a sink.
    func converse(_ request: WireRequest) -> WireResponse {
        switch emulator.admit(request) {
        case .refuse(let refusal): return refusal
        case .collect: return answer(request)
        case .stream(let sink):
            if !request.body.isEmpty { sink.receive(request.body) }
            return awaited { sink.complete($0) }
        }
    }

    func json(_ target: String?, _ body: String, type: String? = "application/x-amz-json-1.1", method: String = "POST") -> WireResponse {
        var fields: [(name: String, value: String)] = [("host", "localhost")]
        if let target { fields.append(("x-amz-target", target)) }
        if let type { fields.append(("content-type", type)) }
        return answer(WireRequest(method: method, path: "/", headers: WireHeaders(fields), body: Array(body.utf8)))
    }
}

extension WireResponse {
    /// The body, when it is in memory.
    var text: String {
        guard case .bytes(let bytes) = body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}
