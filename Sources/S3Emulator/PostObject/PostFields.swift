import Wire

/// The fields of a form before its file, in order.
struct PostFields: Sendable {
    /// Names as sent.
    private(set) var all: [(name: String, value: String)] = []

    /// - Throws: for a name that comes twice: two readers could each believe another one.
    mutating func append(_ name: String, _ value: String) throws(ServiceError) {
        guard self[name] == nil else { throw .invalidArgument("POST requires each field to be specified once.", name, value) }
        all.append((name, value))
    }

    /// The names of fields are compared without case.
    subscript(name: String) -> String? {
        all.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// With the file's own name wherever a field says `${filename}`.
    func naming(_ file: String?) -> PostFields {
        guard let file else { return self }
        var fields = self
        for index in all.indices { fields.all[index].value = Self.replaced(all[index].value, file) }
        return fields
    }

    private static func replaced(_ text: String, _ file: String) -> String {
        let marker = Array("${filename}".utf8)
        var output: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            if rest.starts(with: marker) {
                output.append(contentsOf: file.utf8)
                rest = rest.dropFirst(marker.count)
            } else {
                output.append(rest.removeFirst())
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Fields that are headers of a PutObject.
    var headers: WireHeaders {
        var headers = WireHeaders()
        for (name, value) in all {
            switch name.lowercased() {
            case "acl": headers.fields.append(("x-amz-acl", value))
            case "tagging": headers.fields.append(("x-amz-tagging", value))
            case "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "content-md5", "expires":
                headers.fields.append((name.lowercased(), value))
            case let name where name.hasPrefix("x-amz-") && name != "x-amz-content-sha256": headers.fields.append((name, value))
            default: break
            }
        }
        return headers
    }
}
