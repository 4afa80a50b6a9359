import PersonalizeEmulator
import S3Emulator
import Wire

/// Which web pages may ask, and what browsers are told.
///
/// The key test/test is in the manual, so a signature alone says nothing about a page: only those that this server itself delivered and those of
/// the origins that were named may ask. Programs that are no browsers say nothing of origins and are not concerned.
struct CrossOrigin: Sendable {
    /// As browsers send them; `*` stands for all.
    private let allowed: Set<String>

    init(allowed: [String]) {
        self.allowed = Set(allowed.map(Self.normalized))
    }

    private var allowsAny: Bool { allowed.contains("*") }

    // MARK: Refusing

    /// Why a request of a page is refused; nil for any other request.
    func refusal(_ request: WireRequest) -> String? {
        let origins = request.headers.all("origin")
        if let foreign = origins.first(where: { !Self.isOwn($0, request) && !isAllowed($0) }) {
            return "Requests of pages of the origin \(foreign) are refused. Start the server with --allow-origin \(foreign) to allow them."
        }
        guard origins.isEmpty, let site = request.headers["sec-fetch-site"]?.lowercased(), site == "cross-site" || site == "same-site" else {
            return nil
        }
        // Images, links and scripts come without an Origin; the page can leave its address out, but not forge it.
        if allowsAny { return nil }
        if let page = request.headers["referer"], let origin = Self.origin(ofAddress: page), isAllowed(origin) { return nil }
        return "Requests of pages of other origins are refused. Start the server with --allow-origin ORIGIN to allow them."
    }

    /// Whether a page of another origin is asking, allowed or not.
    static func isForeign(_ request: WireRequest) -> Bool {
        request.headers.all("origin").contains { !isOwn($0, request) }
    }

    private func isAllowed(_ origin: String) -> Bool {
        allowsAny || allowed.contains(Self.normalized(origin))
    }

    /// Whether a page was delivered by this server: its origin is where the request went, by a name that nobody else can let point here.
    private static func isOwn(_ origin: String, _ request: WireRequest) -> Bool {
        guard let host = request.headers.authority, let (scheme, authority) = split(origin), let usual = usualPorts[scheme] else { return false }
        // Both protocols are spoken on each port, but those that need not be named are two.
        let (asking, asked) = (named(authority, usual), named(host.lowercased(), usualPorts[request.isSecure ? "https" : "http"] ?? ""))
        return asking == asked && isFixed(asking)
    }

    private static let usualPorts = ["http": ":80", "https": ":443"]

    /// The scheme and the authority of an origin, lower-cased.
    private static func split(_ origin: String) -> (scheme: String, authority: String)? {
        guard let separator = origin.firstRange(of: "://") else { return nil }
        return (origin[..<separator.lowerBound].lowercased(), origin[separator.upperBound...].lowercased())
    }

    /// An authority with the port that its scheme implies if it names none.
    private static func named(_ authority: String, _ usual: String) -> String {
        let behindAddress = authority.lastIndex(of: "]").map { authority[$0...] } ?? authority[...]
        return behindAddress.contains(":") ? authority : authority + usual
    }

    /// As browsers write an origin: lower-cased, and without the port that its scheme implies.
    private static func normalized(_ origin: String) -> String {
        guard let (scheme, authority) = split(origin), let usual = usualPorts[scheme] else { return origin.lowercased() }
        return "\(scheme)://\(authority.hasSuffix(usual) ? String(authority.dropLast(usual.count)) : authority)"
    }

    /// Whether an authority is an address, or a name that browsers take for this machine without asking a name server.
    private static func isFixed(_ authority: String) -> Bool {
        if authority.hasPrefix("[") { return true }
        let name = authority.prefix { $0 != ":" }
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
    }

    /// `https://a.example:8443` of `https://a.example:8443/page`.
    private static func origin(ofAddress address: String) -> String? {
        guard let separator = address.firstRange(of: "://") else { return nil }
        return String(address[..<separator.upperBound] + address[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" })
    }

    // MARK: Answering

    private static let exposed =
        "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date,ETag,Content-Range,x-amz-checksum-crc32,"
        + "x-amz-checksum-crc32c,x-amz-checksum-crc64nvme,x-amz-checksum-sha1,x-amz-checksum-sha256,x-amz-checksum-type,x-amz-mp-parts-count"
    /// Seconds for which a browser need not ask again.
    private static let maximumAge = "172800"

    /// The answer to a browser's question whether it may ask; nil for any other request.
    func preflight(_ request: WireRequest, _ call: Call) -> WireResponse? {
        guard Self.isPreflight(request) else { return nil }
        var headers: [(name: String, value: String)] = [("x-amzn-requestid", call.requestID)]
        if let asked = request.headers["access-control-request-headers"] { headers.append(("access-control-allow-headers", asked)) }
        if let asked = request.headers["access-control-request-method"] { headers.append(("access-control-allow-methods", asked)) }
        // A page of the public web asks besides whether it may talk to a machine of the private one.
        if request.headers["access-control-request-private-network"] == "true" { headers.append(("access-control-allow-private-network", "true")) }
        headers.append(("access-control-max-age", Self.maximumAge))
        return WireResponse(status: 200, headers: headers)
    }

    static func isPreflight(_ request: WireRequest) -> Bool {
        request.method == "OPTIONS" && request.headers["origin"] != nil
    }

    /// `reply`, with what a browser wants to see when the request came from a page. Called when the page is not refused.
    func admitting(_ request: WireRequest, _ reply: @escaping @Sendable (WireResponse) -> Void) -> @Sendable (WireResponse) -> Void {
        let common = headers(request)
        guard !common.isEmpty else { return reply }
        return { reply($0.adding(common)) }
    }

    /// The same for what is answered without gathering a body: uploads, and what is refused from the head alone.
    func admitting(_ head: WireRequest, _ admission: Admission) -> Admission {
        let common = headers(head)
        if common.isEmpty { return admission }
        switch admission {
        case .collect: return admission
        case .stream(let sink): return .stream(ReplySink(sink) { _, reply in { reply($0.adding(common)) } })
        case .refuse(let response): return .refuse(response.adding(common))
        }
    }

    /// What lets a page read the answer; nothing for programs, which send no Origin.
    private func headers(_ request: WireRequest) -> [(name: String, value: String)] {
        guard let origin = request.headers["origin"] else { return [] }
        return [("access-control-allow-origin", allowsAny ? "*" : origin)] + (allowsAny ? [] : [("vary", "Origin")])
            + [("access-control-expose-headers", Self.exposed)]
    }
}
