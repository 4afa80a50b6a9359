/// Header fields in the order they arrived, duplicates kept, names lower-cased.
package struct WireHeaders: Sendable, ExpressibleByDictionaryLiteral {
    package var fields: [(name: String, value: String)]

    package init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    /// The first value of a field; `name` must be lower-case.
    package subscript(name: String) -> String? {
        for field in fields where field.name == name { return field.value }
        return nil
    }

    /// Every value of a field, in order; `name` must be lower-case.
    package func all(_ name: String) -> [String] {
        fields.compactMap { $0.name == name ? $0.value : nil }
    }
}

/// One HTTP request as it stood on the wire: nothing in it has been believed yet.
package struct WireRequest: Sendable {
    package var method: String
    /// The path as sent, percent-encoding untouched, for signatures are made over it.
    package var path: String
    /// The query as sent, without its question mark; empty when there is none.
    package var query: String
    package var headers: WireHeaders
    package var body: [UInt8]
    /// Whether whoever connected did so from another machine; the listener knows.
    package var isFromAnotherMachine = false
    /// Whether it came over TLS; the listener knows.
    package var isSecure = false

    package init(method: String, path: String, query: String = "", headers: WireHeaders = .init(), body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}
