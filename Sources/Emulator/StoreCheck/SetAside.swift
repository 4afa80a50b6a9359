import PersonalizeEmulator
import S3Emulator
import SQLite
import ServiceKit
import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where what is not whole goes: the folder `damaged` of a data directory, under the names that the files had; rows are lines of `rows.jsonl`.
struct SetAside {
    let directory: String

    /// A folder in `damaged`, made if it is not there.
    func folder(_ name: String) throws -> String {
        let path = "\(directory)/damaged/\(name)"
        try Directory.create(path)
        return path
    }

    /// Moves a file that is named from the directory on; one that is not there is passed over. What is there from before stays as it is.
    func move(_ file: String) throws {
        let path = "\(directory)/\(file)"
        let target = try freeName(of: file)
        guard rename(path, target) == 0 || errno == ENOENT else { throw Directory.Failure(path: path, reason: String(cString: strerror(errno))) }
    }

    /// Gives a file a second name in `damaged`, so that what comes in its place can take its first one in a single step.
    func keep(_ file: String) throws {
        let path = "\(directory)/\(file)"
        guard Directory.exists(path) else { return }
        let target = try freeName(of: file)
        guard link(path, target) == 0 else { throw Directory.Failure(path: path, reason: String(cString: strerror(errno))) }
    }

    private static let missing = "-missing"

    /// Notes that a file was not there, so that it is not looked for again.
    func noteMissing(_ file: String) throws {
        let path = try freeName(of: file + Self.missing)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Directory.Failure(path: path, reason: String(cString: strerror(errno))) }
        close(descriptor)
    }

    /// Whether a file was set aside, or noted as missing, by an earlier repair.
    static func has(_ file: String, in directory: String) -> Bool {
        ["", missing].contains { Directory.exists("\(directory)/damaged/\(file)\($0)") }
    }

    private func freeName(of file: String) throws -> String {
        let parts = file.split(separator: "/")
        return Directory.freeName("\(try folder(parts.dropLast().joined(separator: "/")))/\(parts.last ?? "")")
    }

    /// Writes a row down as a line of JSON: its table, its columns, and why it is here. Blobs, and texts that are not UTF-8, are in base64.
    func keep(_ row: Row, of table: String, _ reason: String) throws {
        var columns = Document.Fields()
        for (name, value) in zip(row.names, row.values) where columns[name] == nil {
            switch value {
            case .null: columns.append(name, .null)
            case .integer(let number): columns.append(name, .integer(number))
            case .real(let number): columns.append(name, .double(number))
            case .text(let text): columns.append(name, .string(text))
            case .blob(let bytes), .malformedText(let bytes): columns.append(name, .bytes(bytes))
            }
        }
        let fields: [(String, Document)] = [("table", .string(table)), ("reason", .string(reason)), ("row", .object(columns))]
        let line = JSON.write(.object(Document.Fields(fields))) + [UInt8(ascii: "\n")]
        let path = "\(try folder(""))/rows.jsonl"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Directory.Failure(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let written = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == line.count, fsync(descriptor) == 0 else { throw Directory.Failure(path: path, reason: String(cString: strerror(errno))) }
    }
}
