import ServiceKit
import Wire

/// The policy of a form upload: until when it holds, and what every field must be
/// ("Creating a POST policy", S3 API reference, 2026).
struct PostPolicy: Sendable {
    private enum Test: Sendable {
        case equals(String)
        case startsWith(String)
    }

    private struct Condition: Sendable {
        /// Of the field, in lower case, without its dollar sign; nil where there was none, and then nothing meets the condition.
        var field: String?
        var test: Test
        /// As S3 shows it.
        var text: String
    }

    private var expiration: Timestamp
    private var conditions: [Condition] = []
    /// In bytes, of the file.
    private(set) var size: ClosedRange<Int>?

    /// - Parameter text: as it stands in the form, in base64.
    /// - Throws: `InvalidPolicyDocument`.
    init(_ text: String) throws(ServiceError) {
        guard let bytes = try? Base64.decode(text.filter { !$0.isNewline }) else { throw Self.invalid("invalid Base64 encoding.") }
        guard let document = try? JSON.parse(bytes), case .object(let fields) = document else { throw Self.invalid("Invalid JSON.") }
        for field in fields.entries where field.name != "expiration" && field.name != "conditions" {
            throw Self.invalid("Unexpected: '\(field.name.lowercased())'")
        }
        guard let expiry = document["expiration"] else { throw Self.invalid("Policy missing expiration.") }
        guard let moment = expiry.textIfAny.flatMap(ExtendedDate.parse) else {
            throw Self.invalid("Invalid 'expiration' value: '\(expiry.textIfAny ?? "")'")
        }
        expiration = moment
        guard let list = document["conditions"] else { throw Self.invalid("Policy missing conditions.") }
        guard case .list(let items) = list else { throw Self.invalid("Invalid 'conditions' value: must be a List.") }
        for item in items { try add(item) }
    }

    private mutating func add(_ item: Document) throws(ServiceError) {
        switch item {
        case .object(let fields):
            guard fields.entries.count == 1, let field = fields.entries.first else {
                throw Self.invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
            }
            guard let value = field.value.textIfAny else { throw Self.invalid("Invalid Simple-Condition: value must be a string.") }
            conditions.append(
                Condition(field: field.name.lowercased(), test: .equals(value), text: Self.text(["eq", "$\(field.name)", value]))
            )
        case .list(let parts):
            guard let operation = parts.first?.textIfAny else { throw Self.invalid("Invalid Condition: missing operation identifier.") }
            guard parts.count == 3 else { throw Self.invalid("Invalid \(operation): wrong number of arguments.") }
            if operation.lowercased() == "content-length-range" { return try addRange(parts[1], parts[2]) }
            guard let name = parts[1].textIfAny, let value = parts[2].textIfAny else { throw Self.invalid("Invalid JSON.") }
            let test: Test
            switch operation.lowercased() {
            case "eq": test = .equals(value)
            case "starts-with": test = .startsWith(value)
            default: throw Self.invalid("Invalid Condition: unknown operation '\(operation)'.")
            }
            let field = name.hasPrefix("$") ? name.dropFirst().lowercased() : nil
            conditions.append(Condition(field: field, test: test, text: Self.text([operation, name, value])))
        default:
            throw Self.invalid("Invalid condition test: must be a List or Object.")
        }
    }

    private mutating func addRange(_ low: Document, _ high: Document) throws(ServiceError) {
        if case .double = low { throw Self.invalid("Invalid JSON.") }
        if case .double = high { throw Self.invalid("Invalid JSON.") }
        guard let least = Self.bound(low), let most = Self.bound(high) else {
            throw Self.failed("[\"content-length-range\", \(Self.text(low)), \(Self.text(high))]")
        }
        guard least >= 0, least <= most else { throw Self.invalid("Invalid content-length-range: the bounds must be whole numbers in order.") }
        size = size.map { max($0.lowerBound, least)...max(max($0.lowerBound, least), min($0.upperBound, most)) } ?? least...most
    }

    private static func bound(_ value: Document) -> Int? {
        switch value {
        case .integer(let number): Int(number)
        case .string(let text): Int(text)
        default: nil
        }
    }

    /// - Parameters:
    ///   - bucket: that the form was sent to, whatever a field says.
    ///   - now: by the machine's clock, as the age of signatures.
    /// - Throws: `AccessDenied` with S3's reason.
    func check(_ fields: PostFields, bucket: String, now: Timestamp) throws(ServiceError) {
        guard now.milliseconds < expiration.milliseconds else { throw Self.denied("Policy expired.") }
        for condition in conditions {
            let value = condition.field == "bucket" ? bucket : condition.field.flatMap { fields[$0] }
            let holds =
                switch condition.test {
                case .equals(let wanted): value.map { $0.utf8.elementsEqual(wanted.utf8) } ?? false
                case .startsWith(let prefix): value.map { $0.utf8.starts(with: prefix.utf8) } ?? false
                }
            guard holds else { throw Self.failed(condition.text) }
        }
        let named = Set(conditions.compactMap(\.field))
        let extra = fields.all.map(\.name).filter { !named.contains($0.lowercased()) && !Self.isFree($0.lowercased()) }
        guard extra.isEmpty else { throw Self.denied("Extra input fields: \(extra.joined(separator: ", "))") }
    }

    /// Fields that no condition has to name: those of the signature itself and those that the form's maker wants ignored.
    private static func isFree(_ name: String) -> Bool {
        ["x-amz-signature", "policy", "file", "awsaccesskeyid", "signature"].contains(name) || name.hasPrefix("x-ignore-")
    }

    private static func text(_ values: [String]) -> String {
        "[\(values.map { text(.string($0)) }.joined(separator: ", "))]"
    }

    private static func text(_ value: Document) -> String {
        String(decoding: JSON.write(value), as: UTF8.self)
    }

    private static func failed(_ condition: String) -> ServiceError { denied("Policy Condition failed: \(condition)") }

    private static func denied(_ reason: String) -> ServiceError {
        ServiceError("AccessDenied", "Invalid according to Policy: \(reason)", status: 403)
    }

    private static func invalid(_ reason: String) -> ServiceError {
        ServiceError("InvalidPolicyDocument", "Invalid Policy: \(reason)")
    }
}

/// ISO 8601 in extended form and in UTC, `2026-01-01T12:00:00.000Z`: the only spelling that policies may have.
private enum ExtendedDate {
    static func parse(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        for (index, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")] where bytes[index] != mark.utf8.first { return nil }
        let basic = bytes[..<19].filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") } + [UInt8(ascii: "Z")]
        guard let seconds = SigningDate(basic: String(decoding: basic, as: UTF8.self))?.timestamp else { return nil }
        let fraction = bytes[19..<(bytes.count - 1)]
        guard !fraction.isEmpty else { return seconds }
        guard fraction.first == UInt8(ascii: "."), let milliseconds = Int64(String(decoding: fraction.dropFirst().prefix(3), as: UTF8.self)),
            fraction.count <= 10, milliseconds >= 0
        else { return nil }
        let scale: Int64 = fraction.count == 2 ? 100 : fraction.count == 3 ? 10 : 1
        return Timestamp(milliseconds: seconds.milliseconds + milliseconds * scale)
    }
}
