import Logging
import ServiceKit
import Synchronization
import Wire

/// What the server's surroundings give to its snapshots.
package struct SnapshotSettings: Sendable {
    /// Where they are.
    package var folder: String
    /// Has the server go on with the state of a snapshot; returns when it does.
    package var load: @Sendable (_ name: String) throws -> Void

    package init(folder: String, load: @escaping @Sendable (_ name: String) throws -> Void) {
        self.folder = folder
        self.load = load
    }
}

/// `/_personalite/snapshots`: GET lists; POST of `snapshots/NAME` makes one, of `snapshots/NAME/load` goes back to it, DELETE removes it.
struct SnapshotAdmin: Sendable {
    static let path = "snapshots"

    let settings: SnapshotSettings
    let version: String
    let log: Logger
    let save: @Sendable (_ directory: String) throws -> Void
    /// One after the other.
    private static let turn = Mutex(())

    struct Answer {
        var status: Int
        var body: Document
    }

    static func isOne(_ path: Substring) -> Bool { path == Self.path || path.hasPrefix(Self.path + "/") }

    func answer(_ request: WireRequest, _ path: Substring) -> Answer {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        let library = SnapshotLibrary(settings.folder)
        do {
            switch (request.method, parts.count) {
            case ("GET", 0), ("HEAD", 0):
                return Answer(status: 200, body: .members([("folder", .string(settings.folder)), ("snapshots", .list(library.all.map(\.document)))]))
            case ("POST", 1):
                let made = try Self.turn.withLock { _ in try library.add(parts[0], version: version, at: SystemTime().now, save) }
                log.info("a snapshot was made", metadata: ["name": "\(made.name)", "bytes": "\(made.bytes)"])
                return Answer(status: 200, body: made.document)
            case ("DELETE", 1):
                try Self.turn.withLock { _ in try library.remove(parts[0]) }
                return Answer(status: 200, body: .members([("removed", .string(parts[0]))]))
            case ("POST", 2) where parts[1] == "load":
                let found = try library.find(parts[0])
                try Self.turn.withLock { _ in try settings.load(parts[0]) }
                return Answer(status: 200, body: found.document)
            case (_, 0), (_, 1),
                (_, 2) where parts.count < 2 || parts[1] == "load":
                return Self.refusal(405, "method not allowed")
            default: return Self.refusal(404, "no such path: /_personalite/\(path)")
            }
        } catch let fault as SnapshotFault {
            return Self.refusal(fault.status, fault.description)
        } catch {
            log.error("a snapshot could not be made or used", metadata: ["cause": "\(error)"])
            return Self.refusal(500, "\(error)")
        }
    }

    private static func refusal(_ status: Int, _ message: String) -> Answer {
        Answer(status: status, body: .members([("message", .string(message))]))
    }
}
