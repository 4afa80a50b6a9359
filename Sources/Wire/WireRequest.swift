/// Header fields in the order they arrived, duplicates kept, names lower-cased.
package struct WireHeaders: Sendable, ExpressibleByDictionaryLiteral {
    package var fields: [(name: String, value: String)]

    /// The names as they were sent, one behind the other, as far as the listener kept them; each is as long as its field's name.
    package var spelling: [UInt8] = []

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

    /// The names of all fields as they were sent, or as they are here where that is not known.
    package var spelledNames: [String] {
        guard spelling.count == fields.reduce(0, { $0 + $1.name.utf8.count }) else { return fields.map(\.name) }
        var start = 0
        return fields.map { field in
            let name = String(decoding: spelling[start..<start + field.name.utf8.count], as: UTF8.self)
            start += field.name.utf8.count
            return name.lowercased() == field.name ? name : field.name
        }
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
