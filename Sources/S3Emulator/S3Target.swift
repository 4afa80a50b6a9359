import Wire

/// What a request is addressed to: the bucket in the host or the path, the key, and the parameters of the query.
struct S3Target: Sendable {
    var bucket: String?
    /// Never empty.
    var key: String?
    /// The bucket, when the host names it.
    var hostBucket: String?
    var parameters: [(name: String, value: String)]

    /// - Throws: `InvalidURI` for escapes that are malformed or not UTF-8, `KeyTooLongError`.
    init(_ head: WireRequest) throws(ServiceError) {
        guard let parameters = Percent.pairs(query: head.query) else { throw .invalidURI }
        self.parameters = parameters
        hostBucket = head.headers.authority.flatMap(Self.bucket(inHost:))
        var path = Substring(head.path)
        if path.utf8.first == UInt8(ascii: "/") { path = path[path.utf8.index(after: path.startIndex)...] }
        if let hostBucket {
            bucket = hostBucket
            key = try Self.decode(path)
        } else {
            let cut = path.utf8.firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
            bucket = try Self.decode(path[..<cut])
            if cut < path.endIndex { key = try Self.decode(path[path.utf8.index(after: cut)...]) }
        }
        if let key { try set(key: key) }
    }

    /// - Throws: `KeyTooLongError`.
    mutating func set(key: String) throws(ServiceError) {
        try Self.checkLength(of: key)
        self.key = key
    }

    /// - Throws: `KeyTooLongError`.
    static func checkLength(of key: String) throws(ServiceError) {
        guard key.utf8.count <= longestKey else {
            throw ServiceError(
                "KeyTooLongError",
                "Your key is too long",
                extra: [("Size", String(key.utf8.count)), ("MaxSizeAllowed", String(longestKey))]
            )
        }
    }

    /// In bytes of UTF-8.
    static let longestKey = 1024

    subscript(name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// Nil for an empty text.
    private static func decode(_ text: Substring) throws(ServiceError) -> String? {
        guard let decoded = Percent.decode(text) else { throw .invalidURI }
        return decoded.isEmpty ? nil : decoded
    }

    /// `b.s3.localhost:4590`, `b.localhost`, `b.s3.localhost.localstack.cloud`, `b.s3.amazonaws.com`, `b.s3.eu-west-1.amazonaws.com` and their older spellings name the bucket `b`;
    /// nil for any other host, which leaves the bucket to the path.
    static func bucket(inHost host: String) -> String? {
        guard !host.hasPrefix("[") else { return nil }
        let name = host.prefix { $0 != ":" }.lowercased()
        let domains = [".amazonaws.com", ".amazonaws.com.cn", ".localhost", ".localhost.localdomain", ".localhost.localstack.cloud"]
        for domain in domains where name.hasSuffix(domain) {
            var labels = name.dropLast(domain.count).split(separator: ".", omittingEmptySubsequences: false)
            if let service = labels.lastIndex(where: { isService($0) }) {
                labels = Array(labels[..<service])
            } else if domain.hasPrefix(".amazonaws") || domain.hasSuffix(".cloud") {
                return nil
            }
            return labels.isEmpty ? nil : labels.joined(separator: ".")
        }
        return nil
    }

    /// The label of an endpoint that stands for S3; no bucket's name is this short or begins so.
    private static func isService(_ label: Substring) -> Bool {
        guard label.hasPrefix("s3") else { return false }
        if label == "s3" { return true }
        // s3-eu-west-1, s3-external-1, as the older regions have it.
        let rest = label.dropFirst(3)
        return label.hasPrefix("s3-") && rest.last?.isNumber == true && rest.contains("-")
    }
}
