import ServiceKit
package import Wire

/// What a snapshot says of itself: the file `snapshot.json` in it.
package struct Snapshot: Sendable, Equatable {
    package var name: String
    /// Of the program that made it.
    package var version: String
    /// When, by the machine's clock.
    package var created: Timestamp
    /// Of its files.
    package var bytes: Int

    static let file = "snapshot.json"

    /// Letters, digits, `.`, `_` and `-`, with a letter or digit in front: never a path, and never a name of ours.
    package static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 64, isLetterOrDigit(first) else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: false
        }
    }

    init(name: String, version: String, created: Timestamp, bytes: Int) {
        self.name = name
        self.version = version
        self.created = created
        self.bytes = bytes
    }

    /// - Returns: nil for a folder that is no snapshot.
    init?(name: String, in folder: String) {
        guard Self.isName(name), let file = OpenFile(reading: "\(folder)/\(name)/\(Self.file)"),
            (1...4096).contains(file.size), let document = try? JSON.parse(FilePlacing.read(file.descriptor, bytes: file.size)),
            case .integer(let created)? = document["created"], case .integer(let size)? = document["bytes"],
            let version = document["version"]?.textIfAny, let bytes = Int(exactly: size)
        else { return nil }
        self.init(name: name, version: version, created: Timestamp(milliseconds: created), bytes: bytes)
    }

    /// As the file has it: `created` in milliseconds since 1970.
    var stored: Document {
        .members([
            ("version", .string(version)), ("created", .integer(created.milliseconds)), ("bytes", .integer(Int64(bytes))),
        ])
    }

    /// As `/_personalite/snapshots` answers it: `created` in seconds.
    package var document: Document {
        .members([
            ("name", .string(name)), ("version", .string(version)), ("created", .timestamp(created)), ("bytes", .integer(Int64(bytes))),
        ])
    }
}

/// Why something with a snapshot could not be done.
package struct SnapshotFault: Error, CustomStringConvertible {
    /// Of an HTTP answer.
    package var status: Int
    package var description: String

    package init(_ status: Int, _ description: String) {
        self.status = status
        self.description = description
    }
}
