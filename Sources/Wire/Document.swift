/// A value on the wire: the one tree that every protocol parses to and is written from.
package enum Document: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case timestamp(Timestamp)
    case list([Document])
    case object(Fields)

    /// The members of an object in their order. A name that comes twice has its last value.
    package struct Fields: Sendable, Equatable {
        package struct Field: Sendable, Equatable {
            package var name: String
            package var value: Document
        }

        package var entries: [Field]

        package init(_ entries: [(String, Document)] = []) {
            self.entries = entries.map { Field(name: $0.0, value: $0.1) }
        }

        package mutating func append(_ name: String, _ value: Document) {
            entries.append(Field(name: name, value: value))
        }

        package subscript(name: String) -> Document? {
            entries.last { $0.name == name }?.value
        }
    }
}

extension Document {
    /// A member of an object; nil when this is no object, or has no such member, or the member is null.
    package subscript(name: String) -> Document? {
        guard case .object(let fields) = self, let value = fields[name], value != .null else { return nil }
        return value
    }

    /// The value as text, when it is text.
    package var textIfAny: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value as a number, when it is one.
    package var numberIfAny: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// A number without its fraction; nil for any other value, and for a number that is too large.
    package var integerIfAny: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value): Int64(exactly: value.rounded(.towardZero))
        default: nil
        }
    }
}

/// Access for generated code, whose documents have been checked against their shapes: a value of another
/// kind is a fault of ours and not of the caller.
extension Document {
    package func required(_ name: String) -> Document {
        guard let value = self[name] else { preconditionFailure("a checked document lacks \(name)") }
        return value
    }

    package var text: String {
        guard case .string(let value) = self else { preconditionFailure("a checked document holds no text here") }
        return value
    }

    package var int: Int {
        guard case .integer(let value) = self else { preconditionFailure("a checked document holds no integer here") }
        return Int(value)
    }

    package var number: Double {
        guard let value = numberIfAny else { preconditionFailure("a checked document holds no number here") }
        return value
    }

    package var flag: Bool {
        guard case .boolean(let value) = self else { preconditionFailure("a checked document holds no boolean here") }
        return value
    }

    package var blob: [UInt8] {
        guard case .bytes(let value) = self else { preconditionFailure("a checked document holds no blob here") }
        return value
    }

    package var time: Timestamp {
        guard case .timestamp(let value) = self else { preconditionFailure("a checked document holds no timestamp here") }
        return value
    }

    package var items: [Document] {
        guard case .list(let value) = self else { preconditionFailure("a checked document holds no list here") }
        return value
    }

    package func dictionary<Value>(_ transform: (Document) -> Value) -> [String: Value] {
        guard case .object(let fields) = self else { preconditionFailure("a checked document holds no map here") }
        return Dictionary(fields.entries.map { ($0.name, transform($0.value)) }, uniquingKeysWith: { _, last in last })
    }

    /// A map, its keys in order, so that equal maps are equal bytes.
    package static func map<Value>(_ values: [String: Value], _ transform: (Value) -> Document) -> Document {
        .object(Fields(values.sorted { $0.key < $1.key }.map { ($0.key, transform($0.value)) }))
    }
}

extension Document {
    /// An object of the members that are there.
    package static func members(_ members: [(name: String, value: Document?)]) -> Document {
        .object(Fields(members.compactMap { member in member.value.map { (member.name, $0) } }))
    }

    /// The items of a list; none when this is no list.
    package var listIfAny: [Document] {
        if case .list(let items) = self { items } else { [] }
    }

    /// The members of an object in their order; none when this is no object.
    package var entriesIfAny: [Fields.Field] {
        if case .object(let fields) = self { fields.entries } else { [] }
    }

    /// Sets a member of an object, or with nil takes it away; anything else becomes an object.
    package mutating func set(_ name: String, _ value: Document?) {
        var entries = entriesIfAny
        let place = entries.firstIndex { $0.name == name }
        switch (place, value) {
        case (let place?, let value?): entries[place].value = value
        case (let place?, nil): entries.remove(at: place)
        case (nil, let value?): entries.append(Fields.Field(name: name, value: value))
        case (nil, nil): break
        }
        self = .object(Fields(entries.map { ($0.name, $0.value) }))
    }
}
