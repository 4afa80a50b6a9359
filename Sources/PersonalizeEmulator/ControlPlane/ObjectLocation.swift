/// `s3://bucket/key`, or a folder `s3://bucket/prefix/`.
struct ObjectLocation: Equatable {
    var bucket: String
    var key: String

    init?(_ text: String) {
        guard text.hasPrefix("s3://") else { return nil }
        let path = text.dropFirst(5)
        let parts = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bucket = parts.first, !bucket.isEmpty else { return nil }
        self.bucket = String(bucket)
        key = parts.count > 1 ? String(parts[1]) : ""
    }

    var isFolder: Bool { key.isEmpty || key.hasSuffix("/") }
}
