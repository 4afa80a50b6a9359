import Glibc
import Logging
import ServiceKit
import Wire

/// Log lines on standard error, or in a file, for people or for machines.
struct ServerLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let format: ServeOptions.LogFormat

    static func logger(_ options: ServeOptions) -> Logger {
        let level = Logger.Level(rawValue: options.logLevel.rawValue) ?? .info
        return Logger(label: "personalite") { _ in ServerLog(logLevel: level, format: options.logFormat, descriptor: options.logDescriptor) }
    }

    private let descriptor: Int32

    private init(logLevel: Logger.Level, format: ServeOptions.LogFormat, descriptor: Int32) {
        self.logLevel = logLevel
        self.format = format
        self.descriptor = descriptor
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
        var line: String
        switch format {
        case .text: line = Self.text(event.level, "\(event.message)", fields)
        case .json: line = Self.json(event.level, "\(event.message)", fields)
        }
        line += "\n"
        // One write a line, so that lines of several threads do not mix.
        line.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
    }

    private static func time() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        let numbers = [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec].map { $0.padded(to: 2) }
        return "\(numbers[0])-\(numbers[1])-\(numbers[2])T\(numbers[3]):\(numbers[4]):\(numbers[5]).\((now.tv_nsec / 1_000_000).padded(to: 3))Z"
    }

    private static func text(_ level: Logger.Level, _ message: String, _ fields: [(String, String)]) -> String {
        let rest = fields.map { " \($0.0)=\($0.1.contains(" ") ? "\"\($0.1)\"" : $0.1)" }.joined()
        return "\(time()) \(level.rawValue) \(clean(message))\(clean(rest))"
    }

    /// A caller's text must not be able to begin a line of its own.
    private static func clean(_ text: String) -> String {
        String(text.map { $0.isNewline || ($0.asciiValue.map { $0 < 0x20 } ?? false) ? " " : $0 })
    }

    private static func json(_ level: Logger.Level, _ message: String, _ fields: [(String, String)]) -> String {
        let members = [("time", time()), ("level", level.rawValue), ("message", message)] + fields
        return "{\(members.map { "\(quoted($0.0)):\(quoted($0.1))" }.joined(separator: ","))}"
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case _ where scalar.value < 0x20: "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
