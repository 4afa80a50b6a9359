import PersonalizeEmulator
import S3Emulator
import Wire

/// Paths by which programs that were written for LocalStack or moto ask how the server is, and for a fresh start.
///
/// Sources: "Internal endpoints" and "Initialization hooks", LocalStack documentation, 2025; "Reset API", moto documentation, 2025.
enum NeighbourPaths {
    static let localStack = "/_localstack/"
    private static let motoReset = "/moto-api/reset"

    /// A bucket may be called `moto-api`, and one that the host names may have any keys; nobody posts to an object without a query and a signature.
    static func isOne(_ request: WireRequest) -> Bool {
        guard request.path.hasPrefix(localStack) || request.path == motoReset, !S3Service.isOfBucket(request) else { return false }
        return request.path != motoReset || request.method == "POST" && request.query.isEmpty && !isSigned(request)
    }

    /// No service takes a bearer token, so that one is meant for us.
    private static func isSigned(_ request: WireRequest) -> Bool {
        request.headers["authorization"].map { !$0.lowercased().hasPrefix("bearer ") } ?? false
    }

    /// What a refusal says more to whoever cannot sign a path without making it that of an object.
    static func advice(_ path: String) -> String {
        path == motoReset ? " (the signed request is POST /_personalite/reset; \(path) takes the token only)" : ""
    }

    /// The path below `/_personalite/` that does the same, for who may use it; nil for one that does nothing here.
    static func own(_ path: String) -> Substring? {
        switch path {
        case "\(localStack)health": "health"
        case "\(localStack)init", "\(localStack)init/ready": "ready"
        case "\(localStack)state/reset", motoReset: "reset"
        default: nil
        }
    }

    static func health(_ version: String) -> Document {
        .members([
            ("services", .object(Document.Fields(HostedServices.names.map { ($0, .string("running")) }))), ("edition", .string("personalite")),
            ("version", .string(version)),
        ])
    }

    /// - Parameter isWhole: of all stages, and not of READY alone. The others have no scripts here.
    static func scripts(_ startup: StartupScripts, isReady: Bool, isWhole: Bool) -> Document {
        let scripts = startup.scripts.map { script -> Document in
            .members([("stage", .string("READY")), ("name", .string(script.name)), ("state", .string(script.state.rawValue))])
        }
        guard isWhole else { return .members([("completed", .boolean(isReady)), ("scripts", .list(scripts))]) }
        let stages: [(String, Document)] = [
            ("BOOT", .boolean(true)), ("START", .boolean(true)), ("READY", .boolean(isReady)), ("SHUTDOWN", .boolean(false)),
        ]
        return .members([("completed", .object(Document.Fields(stages))), ("scripts", .list(scripts))])
    }
}
