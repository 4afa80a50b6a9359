import Glibc
import Wire

/// One request and the answer that it must have, as they stand in a file of `testdata/exchanges`:
///
///     >>> PUT /bucket/key?tagging
///     name: value
///
///     body
///     <<< 200
///     name: value
///
///     body
///
/// A file is one conversation with one server. Lines before the first request are comments.
struct Exchange: Equatable {
    struct Message: Equatable {
        /// `PUT /bucket/key` or `200`.
        var start: String
        /// Header lines, as written.
        var headers: [String] = []
        var body = ""

        /// The lines that come back from `Exchange.read` as this message.
        func lines(after mark: String) -> [String] {
            ["\(mark) \(start)"] + headers + (body.isEmpty ? [] : ["", body])
        }
    }

    var request: Message
    var answer: Message

    /// The comment that a file begins with, and its exchanges; nil when a request has no answer or an answer no request.
    static func read(_ text: String) -> (comment: String, exchanges: [Exchange])? {
        var comment: [Substring] = []
        var messages: [(mark: Substring, message: Message)] = []
        var body: [Substring]?
        func finish() {
            guard let lines = body, !messages.isEmpty else { return }
            messages[messages.count - 1].message.body = lines.joined(separator: "\n").trimmingNewlines
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(">>> ") || line.hasPrefix("<<< ") {
                finish()
                body = nil
                messages.append((line.prefix(3), Message(start: String(line.dropFirst(4)))))
            } else if messages.isEmpty {
                comment.append(line)
            } else if body != nil {
                body?.append(line)
            } else if line.isEmpty {
                body = []
            } else {
                messages[messages.count - 1].message.headers.append(String(line))
            }
        }
        finish()
        guard messages.count.isMultiple(of: 2) else { return nil }
        var exchanges: [Exchange] = []
        for index in stride(from: 0, to: messages.count, by: 2) {
            guard messages[index].mark == ">>>", messages[index + 1].mark == "<<<" else { return nil }
            exchanges.append(Exchange(request: messages[index].message, answer: messages[index + 1].message))
        }
        return (comment.joined(separator: "\n").trimmingNewlines, exchanges)
    }

    /// A file that `read` reads.
    static func write(comment: String, _ exchanges: [Exchange]) -> String {
        let blocks = exchanges.map { ($0.request.lines(after: ">>>") + $0.answer.lines(after: "<<<")).joined(separator: "\n") }
        return ([comment] + blocks).joined(separator: "\n\n") + "\n"
    }
}

extension Exchange.Message {
    /// What a server is sent; `values` stand in for `{name}`.
    func request(_ values: [String: String]) -> WireRequest? {
        let words = AnswerPattern.fill(start, values).split(separator: " ")
        guard words.count == 2 else { return nil }
        let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let bytes = Array(AnswerPattern.fill(body, values).utf8)
        var fields = headers.map { line -> (name: String, value: String) in
            let parts = AnswerPattern.fill(line, values).split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        if !fields.contains(where: { $0.name == "host" }) { fields.append(("host", "localhost")) }
        if !bytes.isEmpty || words[0] == "PUT" { fields.append(("content-length", String(bytes.count))) }
        return WireRequest(
            method: String(words[0]),
            path: String(target[0]),
            query: target.count > 1 ? String(target[1]) : "",
            headers: WireHeaders(fields),
            body: bytes
        )
    }

    /// An answer as it would stand in a file, with holes for the ids that no two answers share.
    init(_ response: WireResponse) {
        let ids = ["x-amz-request-id", "x-amz-id-2", "x-amzn-requestid"]
        start = String(response.status)
        headers = response.headers.map { ids.contains($0.name) ? "\($0.name): {*}" : "\($0.name): \($0.value)" }
        let text = String(decoding: response.body.read(), as: UTF8.self).trimmingNewlines
        body = text.replacing(#/<(RequestId|HostId)>[^<]*</#) { "<\($0.1)>{*}<" }
    }
}

extension String {
    fileprivate var trimmingNewlines: String {
        String(drop { $0 == "\n" }.reversed().drop { $0 == "\n" }.reversed())
    }
}

extension WireResponse.Body {
    /// All bytes that a client would be sent.
    fileprivate func read() -> [UInt8] {
        switch self {
        case .bytes(let bytes): return bytes
        case .head: return []
        case .file(let file, let offset, let length):
            var bytes = [UInt8](repeating: 0, count: length)
            let count = pread(file.descriptor, &bytes, length, off_t(offset))
            return Array(bytes.prefix(max(0, count)))
        case .stream(let stream):
            var bytes: [UInt8] = []
            defer { stream.close() }
            while true {
                switch stream.next(isEnding: false, {}) {
                case .bytes(let piece): bytes += piece
                case .last(let piece): return bytes + piece
                case .pending: return bytes
                }
            }
        }
    }
}
