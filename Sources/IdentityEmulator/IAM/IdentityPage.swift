import Wire

/// One page of a list: `MaxItems` of it, from `Marker` on.
enum IdentityPage {
    private static let usual = 100

    /// - Parameter name: by what they are in order, and no two of them alike.
    static func document<Item>(
        _ member: String,
        _ items: [Item],
        _ input: Document,
        named name: (Item) -> String,
        _ form: (Item) -> Document
    ) throws(ServiceError) -> Document {
        let items = items.sorted { name($0) < name($1) }
        var first = 0
        if let marker = input["Marker"]?.text {
            guard let bytes = try? Base64.decode(marker), let after = String(validating: bytes, as: UTF8.self) else {
                throw ServiceError("ValidationError", "Invalid Marker.")
            }
            first = items.firstIndex { name($0) > after } ?? items.count
        }
        let page = items[first...].prefix(input["MaxItems"]?.int ?? usual)
        let isTruncated = page.endIndex < items.count
        return .members([
            (member, .list(page.map(form))), ("IsTruncated", .boolean(isTruncated)),
            ("Marker", isTruncated ? page.last.map { .string(Base64.encode(Array(name($0).utf8))) } : nil),
        ])
    }
}
