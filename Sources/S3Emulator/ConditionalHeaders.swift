import Wire

/// The conditions that a request puts on an object (RFC 9110 §13, as S3 combines them).
struct ConditionalHeaders: Sendable {
    private let match: String?
    private let noneMatch: String?
    private let modifiedSince: Timestamp?
    private let unmodifiedSince: Timestamp?
    private let names: (match: String, noneMatch: String, modifiedSince: String, unmodifiedSince: String)

    /// - Parameter prefix: `x-amz-copy-source-` for the conditions on what is copied. A date that cannot be read is no condition.
    init(_ request: S3Request, prefix: String = "") {
        match = request.header("\(prefix)if-match")
        noneMatch = request.header("\(prefix)if-none-match")
        modifiedSince = request.header("\(prefix)if-modified-since").flatMap { SigningDate(header: $0)?.timestamp }
        unmodifiedSince = request.header("\(prefix)if-unmodified-since").flatMap { SigningDate(header: $0)?.timestamp }
        names =
            prefix.isEmpty
            ? ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")
            : ("\(prefix)If-Match", "\(prefix)If-None-Match", "\(prefix)If-Modified-Since", "\(prefix)If-Unmodified-Since")
    }

    /// For reading: a matching ETag outweighs the dates.
    /// - Throws: `PreconditionFailed`, or `NotModified` with status 304 where the caller already has the object.
    func checkReading(_ object: StoredObject) throws(ServiceError) {
        if let match {
            guard Self.names(match, object.etag) else { throw .preconditionFailed(names.match) }
        } else if let unmodifiedSince, object.modified.seconds > unmodifiedSince.seconds {
            throw .preconditionFailed(names.unmodifiedSince)
        }
        let unchanged = ServiceError("NotModified", nil, status: 304)
        if let noneMatch {
            if Self.names(noneMatch, object.etag) { throw unchanged }
        } else if let modifiedSince, object.modified.seconds <= modifiedSince.seconds {
            throw unchanged
        }
    }

    /// For the source of a copy, where there is no 304.
    func checkCopying(_ object: StoredObject) throws(ServiceError) {
        do {
            try checkReading(object)
        } catch {
            guard error.status == 304 else { throw error }
            throw .preconditionFailed(noneMatch == nil ? names.modifiedSince : names.noneMatch)
        }
    }

    /// For writing, where the only conditions are that there is no object yet and that it is a certain one.
    func checkWriting(_ object: StoredObject?, key: String) throws(ServiceError) {
        if noneMatch != nil, object != nil { throw .preconditionFailed(names.noneMatch) }
        guard let match else { return }
        guard let object else { throw .noSuchKey(key) }
        guard Self.names(match, object.etag) else { throw .preconditionFailed(names.match) }
    }

    /// Before a body is taken: whether the conditions are ones that writing knows.
    func checkKnownForWriting() throws(ServiceError) {
        if let noneMatch, noneMatch != "*" { throw .notImplemented("If-None-Match with an ETag when writing") }
    }

    /// Whether a list of ETags, quoted or bare, names this one.
    private static func names(_ list: String, _ etag: String) -> Bool {
        list.split(separator: ",").contains { item in
            var item = item.drop { $0 == " " }
            while item.last == " " { item.removeLast() }
            return item == "*" || unquoted(item) == etag
        }
    }

    static func unquoted(_ etag: some StringProtocol) -> String {
        var bare = Substring(etag)
        if bare.hasPrefix("W/") { bare = bare.dropFirst(2) }
        if bare.count >= 2, bare.first == "\"", bare.last == "\"" { bare = bare.dropFirst().dropLast() }
        return String(bare)
    }
}
