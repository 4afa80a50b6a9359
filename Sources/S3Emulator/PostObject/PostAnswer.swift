import Wire

/// What a form upload is answered: where its fields ask to go, or with the status that they ask for.
struct PostAnswer {
    private let object: StoredObject
    private let request: S3Request
    private let fields: PostFields
    /// The object's URL.
    private let location: String

    init(_ object: StoredObject, _ request: S3Request, _ fields: PostFields, host: String?) {
        self.object = object
        self.request = request
        self.fields = fields
        location = request.location(of: object, host: host)
    }

    var response: WireResponse {
        let headers = object.written + request.encryptionContext
        if let redirect { return S3Answer.empty(303, headers + [("location", redirect)]) }
        let all = headers + [("location", location)]
        switch fields["success_action_status"] {
        case "200": return S3Answer.empty(200, all)
        case "201":
            var writer = XMLWriter()
            writer.element("PostResponse") { writer in
                writer.leaf("Location", location)
                writer.leaf("Bucket", request.bucket)
                writer.leaf("Key", object.key)
                writer.leaf("ETag", "\"\(object.etag)\"")
            }
            return WireResponse(status: 201, headers: all + [("content-type", "application/xml")], body: .bytes(writer.bytes))
        default: return S3Answer.empty(204, all)
        }
    }

    /// The page that the browser is sent to; nil when none is asked for or when what is asked for is no absolute URL.
    private var redirect: String? {
        guard let page = fields["success_action_redirect"] ?? fields["redirect"],
            let scheme = ["http://", "https://"].first(where: { page.lowercased().hasPrefix($0) }), page.utf8.count > scheme.utf8.count
        else { return nil }
        let query = [("bucket", request.bucket), ("key", object.key), ("etag", "\"\(object.etag)\"")]
            .map { "\($0.0)=\(Percent.encode($0.1).replacing("%20", with: "+"))" }
            .joined(separator: "&")
        return "\(Self.printable(page))\(page.contains("?") ? "&" : "?")\(query)"
    }

    /// With every byte escaped that a header must not have.
    private static func printable(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            if (32..<127).contains(byte) { output.append(byte) } else { Percent.append([byte], to: &output, keepingSlashes: true) }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
