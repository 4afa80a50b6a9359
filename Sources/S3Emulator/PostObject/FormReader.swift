import ServiceKit
import Wire

/// Takes a `multipart/form-data` body apart as it comes (RFC 7578, RFC 2046 §5.1): the file goes on piece by piece, and of everything before
/// it only so much is held as a form may have.
struct FormReader: Sendable {
    enum Event: Sendable {
        case field(name: String, value: String)
        /// Nil when the part has no such parameter.
        case fileBegins(name: String?)
        case file(ArraySlice<UInt8>)
        case fileEnds
    }

    private enum State: Sendable {
        case preamble
        /// Behind a boundary, before the end of its line.
        case boundary
        case head
        case field(name: String)
        case file
        /// A part behind the file, of which nothing counts.
        case ignored
        case end
    }

    /// In bytes, of what stands before the file.
    static let longestFields = 20_480
    private static let longestHead = 8192
    private static let longestPadding = 256

    private let delimiter: [UInt8]
    private var state = State.preamble
    /// What has come and is not in an event yet. The line end makes the first boundary look like every other.
    private var pending: [UInt8] = [13, 10]
    private var value: [UInt8] = []
    private var fields = 0
    private var hasFile = false

    /// - Parameter contentType: the header.
    /// - Throws: unless it is of a form and names a boundary.
    init(contentType: String?) throws(ServiceError) {
        let pieces = (contentType ?? "").split(separator: ";", omittingEmptySubsequences: false)
        guard pieces.first.map(Self.trimmed)?.lowercased() == "multipart/form-data" else {
            throw .preconditionFailed("Bucket POST must be of the enclosure-type multipart/form-data")
        }
        let parameters = Self.parameters(pieces.dropFirst().joined(separator: ";"))
        guard let boundary = parameters["boundary"], (1...200).contains(boundary.utf8.count) else { throw Self.malformed }
        self.init(boundary: boundary)
    }

    /// Of nothing: to stand in another one's place.
    static let none = FormReader(boundary: "")

    private init(boundary: String) {
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    static let malformed = ServiceError("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.")

    /// Whether the last boundary has come.
    var isComplete: Bool {
        if case .end = state { true } else { false }
    }

    /// Calls `emit` with each event that these bytes complete, in order.
    mutating func feed(_ bytes: [UInt8], _ emit: (Event) throws(ServiceError) -> Void) throws(ServiceError) {
        pending.append(contentsOf: bytes)
        var start = 0
        while let next = try step(start, emit) { start = next }
        if isComplete { pending = [] }
    }

    /// - Returns: where to go on in `pending`; nil when more has to come first, and then what was dealt with is taken out of it.
    private mutating func step(_ start: Int, _ emit: (Event) throws(ServiceError) -> Void) throws(ServiceError) -> Int? {
        switch state {
        case .preamble, .field, .file, .ignored: try content(start, emit)
        case .boundary: try boundaryEnd(start)
        case .head: try head(start, emit)
        case .end: nil
        }
    }

    // MARK: Steps

    private mutating func content(_ start: Int, _ emit: (Event) throws(ServiceError) -> Void) throws(ServiceError) -> Int? {
        let found = Self.first(delimiter, in: pending, from: start)
        // A delimiter may be cut in two by the end of a piece.
        let end = found ?? max(start, pending.count - delimiter.count + 1)
        if end > start { try take(pending[start..<end], emit) }
        guard found != nil else {
            pending.removeFirst(end)
            return nil
        }
        switch state {
        case .field(let name):
            guard let text = String(validating: value, as: UTF8.self) else { throw Self.malformed }
            value = []
            try emit(.field(name: name, value: text))
        case .file:
            try emit(.fileEnds)
        default: break
        }
        state = .boundary
        return end + delimiter.count
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, _ emit: (Event) throws(ServiceError) -> Void) throws(ServiceError) {
        switch state {
        case .field:
            try count(bytes.count)
            value.append(contentsOf: bytes)
        case .file:
            try emit(.file(bytes))
        default: break
        }
    }

    private mutating func count(_ bytes: Int) throws(ServiceError) {
        fields += bytes
        guard hasFile || fields <= Self.longestFields else {
            throw ServiceError(
                "MaxPostPreDataLengthExceeded",
                "Your POST request fields preceeding the upload file was too large.",
                extra: [("MaxPostPreDataLengthBytes", String(Self.longestFields))]
            )
        }
    }

    /// Blanks and a line end follow a boundary, or two hyphens when it is the last.
    private mutating func boundaryEnd(_ start: Int) throws(ServiceError) -> Int? {
        guard pending.count >= start + 2 else { return keep(start) }
        if pending[start] == UInt8(ascii: "-"), pending[start + 1] == UInt8(ascii: "-") {
            state = .end
            return nil
        }
        var index = start
        while index < pending.count, pending[index] == UInt8(ascii: " ") || pending[index] == UInt8(ascii: "\t") { index += 1 }
        guard index - start <= Self.longestPadding else { throw Self.malformed }
        guard pending.count >= index + 2 else { return keep(start) }
        guard pending[index] == 13, pending[index + 1] == 10 else { throw Self.malformed }
        state = .head
        return index + 2
    }

    private mutating func head(_ start: Int, _ emit: (Event) throws(ServiceError) -> Void) throws(ServiceError) -> Int? {
        guard let end = Self.first([13, 10, 13, 10], in: pending, from: start) else {
            guard pending.count - start <= Self.longestHead else { throw Self.malformed }
            return keep(start)
        }
        try count(end - start)
        guard pending[start] != 13, let part = Self.part(pending[start..<end]) else { throw Self.malformed }
        if part.name == "file" {
            guard !hasFile else { throw Self.oneFile(2) }
            hasFile = true
            state = .file
            try emit(.fileBegins(name: part.file))
        } else {
            state = hasFile ? .ignored : .field(name: part.name)
        }
        return end + 4
    }

    static func oneFile(_ count: Int) -> ServiceError {
        .invalidArgument("POST requires exactly one file upload per request.", "file", String(count))
    }

    private mutating func keep(_ start: Int) -> Int? {
        pending.removeFirst(start)
        return nil
    }
}

extension FormReader {
    /// Name and file name of a part, from its head; nil when the head is not that of a form's part.
    private static func part(_ head: ArraySlice<UInt8>) -> (name: String, file: String?)? {
        guard let text = String(validating: head, as: UTF8.self) else { return nil }
        for line in text.split(separator: "\r\n") {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), trimmed(line[..<colon]).lowercased() == "content-disposition" else {
                continue
            }
            let value = line[line.utf8.index(after: colon)...]
            let cut = value.utf8.firstIndex(of: UInt8(ascii: ";")) ?? value.endIndex
            guard trimmed(value[..<cut]).lowercased() == "form-data", cut < value.endIndex else { return nil }
            let parameters = parameters(String(value[value.utf8.index(after: cut)...]))
            guard let name = parameters["name"] else { return nil }
            return (name, parameters["filename"].map(lastComponent))
        }
        return nil
    }

    /// Some browsers send the whole path of a file.
    private static func lastComponent(_ path: String) -> String {
        String(path.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }.last ?? "")
    }

    /// `name="value"; name=value`, names in lower case. A backslash stands for itself unless a quotation mark follows: paths have some.
    private static func parameters(_ text: String) -> [String: String] {
        var parameters: [String: String] = [:]
        var rest = Substring(text)
        while !rest.isEmpty {
            rest = rest.drop { $0 == " " || $0 == ";" || $0 == "\t" }
            let name = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest.dropFirst(name.count)
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst()
            var value = ""
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let character = rest.first, character != "\"" {
                    if character == "\\", rest.dropFirst().first == "\"" { rest = rest.dropFirst() }
                    value.append(rest.first ?? character)
                    rest = rest.dropFirst()
                }
                rest = rest.drop { $0 != ";" }
            } else {
                value = trimmed(rest.prefix { $0 != ";" })
                rest = rest.drop { $0 != ";" }
            }
            if parameters[trimmed(name).lowercased()] == nil { parameters[trimmed(name).lowercased()] = value }
        }
        return parameters
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }

    /// Where `needle` begins in `bytes`, at `start` or behind it.
    private static func first(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index + needle.count <= bytes.count {
                if bytes[index] == needle[0] {
                    var length = 1
                    while length < needle.count, bytes[index + length] == needle[length] { length += 1 }
                    if length == needle.count { return index }
                }
                index += 1
            }
            return nil
        }
    }
}
