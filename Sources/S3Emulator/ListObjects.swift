import ServiceKit
import Wire

extension S3Service {
    func listObjects(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let asked = try AskedList(request)
        let marker = request.target["marker"] ?? ""
        let page = try page(request, asked, after: marker.isEmpty ? nil : ListToken(bytes: Array(marker.utf8), isGroup: false))
        return S3Answer.xml("ListBucketResult") { writer in
            asked.write(request, &writer)
            writer.leaf("Marker", asked.encoded(marker))
            // With a delimiter only: without one the last key says where to go on.
            if let next = page.next, asked.delimiter != nil { writer.leaf("NextMarker", asked.encoded(next.text)) }
            write(page, asked, owner: S3Answer.owner(request.call.account), &writer)
        }
    }

    func listObjectsV2(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let asked = try AskedList(request)
        let startAfter = request.target["start-after"]
        let token = request.target["continuation-token"]
        var after = startAfter.flatMap { $0.isEmpty ? nil : ListToken(bytes: Array($0.utf8), isGroup: false) }
        if let token { after = try ListToken.decode(token) }
        let page = try page(request, asked, after: after)
        let owner = request.target["fetch-owner"] == "true" ? S3Answer.owner(request.call.account) : nil
        return S3Answer.xml("ListBucketResult") { writer in
            asked.write(request, &writer)
            writer.leaf("KeyCount", page.entries.count)
            if let token { writer.leaf("ContinuationToken", token) }
            if let startAfter { writer.leaf("StartAfter", asked.encoded(startAfter)) }
            if let next = page.next { writer.leaf("NextContinuationToken", next.text64) }
            write(page, asked, owner: owner, &writer)
        }
    }

    private func page(_ request: S3Request, _ asked: AskedList, after token: ListToken?) throws(ServiceError) -> Listing.Page {
        let listing = Listing(prefix: Array(asked.prefix.utf8), delimiter: Array((asked.delimiter ?? "").utf8), limit: asked.limit)
        return try store.read { database in
            let table = ObjectTable(database, request.call.account)
            return try listing.page(table, try table.bucket(request.bucket), after: token)
        }
    }

    private func write(_ page: Listing.Page, _ asked: AskedList, owner: String?, _ writer: inout XMLWriter) {
        writer.leaf("IsTruncated", page.isTruncated)
        for object in page.objects {
            writer.element("Contents") { writer in
                writer.leaf("Key", asked.encoded(object.key))
                object.writeListed(owner: owner, &writer)
            }
        }
        for group in page.groups {
            writer.element("CommonPrefixes") { $0.leaf("Prefix", asked.encoded(group)) }
        }
    }
}

/// The parameters that all lists of keys share.
struct AskedList {
    static let most = 1000

    var prefix: String
    /// Nil when it was not sent or is empty.
    var delimiter: String?
    var limit: Int
    private var encodes: Bool

    init(_ request: S3Request, limitName: String = "max-keys") throws(ServiceError) {
        prefix = request.target["prefix"] ?? ""
        delimiter = request.target["delimiter"].flatMap { $0.isEmpty ? nil : $0 }
        limit = min(try request.number(limitName, 0...Int(Int32.max)) ?? Self.most, Self.most)
        switch request.target["encoding-type"] {
        case nil, "": encodes = false
        case "url": encodes = true
        case let other?: throw .invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", other)
        }
    }

    /// As keys stand in the answer.
    func encoded(_ text: String) -> String {
        encodes ? Percent.encode(text, keepingSlashes: true) : text
    }

    func write(_ request: S3Request, _ writer: inout XMLWriter) {
        writer.leaf("Name", request.bucket)
        writer.leaf("Prefix", encoded(prefix))
        if let delimiter { writer.leaf("Delimiter", encoded(delimiter)) }
        writer.leaf("MaxKeys", limit)
        if encodes { writer.leaf("EncodingType", "url") }
    }
}
