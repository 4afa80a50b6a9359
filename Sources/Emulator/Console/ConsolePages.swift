import CConsolePages
import Wire

/// The pages of `/_personalite/console`. They are in the program's read-only data, and nowhere else until somebody asks.
enum ConsolePages {
    /// The path of the first page, below `/_personalite/`, and what the paths of its parts begin with.
    static let path = "console"

    static func isPage(_ path: Substring) -> Bool { path == Self.path || path.hasPrefix("console/") }

    /// What a page may do: load what is here, ask this server, and be in no frame. Browsers that know trusted types let nothing make elements of text.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

    /// - Parameter path: below `/_personalite/`.
    static func answer(_ request: WireRequest, _ path: Substring) -> WireResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return message(405, "method not allowed") }
        guard let page = page(path) else { return message(404, "no such path: /_personalite/\(path)") }
        let bytes = Array(UnsafeBufferPointer(start: page.bytes, count: page.count))
        let tag = "\"\(SHA256Hex.text(of: bytes).prefix(16))\""
        let headers: [(name: String, value: String)] =
            [
                ("etag", tag), ("cache-control", "no-cache"), ("content-security-policy", policy), ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"), ("cross-origin-resource-policy", "same-origin"), ("vary", "sec-fetch-site"),
            ] + (mayHaveOpener(request) ? [("cross-origin-opener-policy", "same-origin")] : [])
        if request.headers["if-none-match"] == tag { return WireResponse(status: 304, headers: headers) }
        let type = [(name: "content-type", value: String(cString: page.type))]
        return WireResponse(
            status: 200,
            headers: type + headers,
            body: request.method == "HEAD" ? .head(length: bytes.count) : .bytes(bytes)
        )
    }

    /// Whether a page of others may have opened this one and hold its window. The policy against that has browsers begin a process for the page, which is more than
    /// half of what the first paint takes; what a person typed, and what a page of this server opened, needs none.
    private static func mayHaveOpener(_ request: WireRequest) -> Bool {
        !["none", "same-origin"].contains(request.headers["sec-fetch-site"] ?? "")
    }

    private static func page(_ path: Substring) -> ConsolePage? {
        for number in 0... {
            guard let page = console_page(number)?.pointee else { return nil }
            if path == String(cString: page.name) { return page }
        }
        return nil
    }

    private static func message(_ status: Int, _ text: String) -> WireResponse {
        WireResponse(
            status: status,
            headers: [("content-type", "application/json")],
            body: .bytes(JSON.write(.members([("message", .string(text))])))
        )
    }
}
