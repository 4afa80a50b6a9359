/// How AWS's readers take one value for another type, and what they say when they cannot.
enum Coercion {
    private static let number = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber"
    private static let boolean = "class java.lang.Boolean"
    private static let string = "class java.lang.String"
    // These two come in CBOR only.
    private static let bytes = "class java.nio.HeapByteBuffer"
    private static let date = "class java.util.Date"

    private static func mismatch(_ message: String) -> Shape.TypeMismatch {
        Shape.TypeMismatch(message: message)
    }

    /// Lists and objects are refused alike wherever a scalar is meant.
    private static func container(_ document: Document) -> Shape.TypeMismatch? {
        switch document {
        case .list: mismatch("Start of list found where not expected")
        case .object: mismatch("Start of structure or map found where not expected.")
        default: nil
        }
    }

    /// The Java class that a scalar is read as.
    private static func javaClass(_ document: Document) -> String {
        switch document {
        case .boolean: boolean
        case .string: string
        case .bytes: bytes
        case .timestamp: date
        default: number
        }
    }

    private static func refuse(_ document: Document, _ target: String) -> Shape.TypeMismatch {
        container(document) ?? mismatch("\(javaClass(document)) can not be converted to \(target)")
    }

    static func string(_ document: Document) throws(Shape.TypeMismatch) -> String {
        guard case .string(let text) = document else { throw refuse(document, "an String") }
        return text
    }

    /// Fractions are floored and an `Integer` is held to 32 bits, as the service does.
    static func integer(_ document: Document, _ type: String) throws(Shape.TypeMismatch) -> Int64 {
        guard let value = document.numberIfAny else { throw refuse(document, "an \(type)") }
        let limits = type == "Integer" ? Int64(Int32.min)...Int64(Int32.max) : Int64.min...Int64.max
        if case .integer(let exact) = document { return min(max(exact, limits.lowerBound), limits.upperBound) }
        let floored = value.rounded(.down)
        guard floored > Double(limits.lowerBound) else { return limits.lowerBound }
        guard floored < Double(limits.upperBound) else { return limits.upperBound }
        return Int64(floored)
    }

    static func double(_ document: Document) throws(Shape.TypeMismatch) -> Double {
        guard let value = document.numberIfAny else { throw refuse(document, "a Double") }
        return value
    }

    static func boolean(_ document: Document) throws(Shape.TypeMismatch) -> Document {
        switch document {
        case .boolean: return document
        case .string(let text): throw mismatch("'\(text.uppercased())' can not be converted to an Boolean")
        default: throw refuse(document, "an Boolean")
        }
    }

    /// A bare number is seconds in JSON. In CBOR, where AWS's times are milliseconds, it is those.
    static func timestamp(_ document: Document, _ format: PayloadFormat) throws(Shape.TypeMismatch) -> Document {
        switch (document, format) {
        case (.timestamp, _): return document
        case (.integer, .json), (.double, .json): return .timestamp(Timestamp(seconds: document.number))
        case (.integer, .cbor), (.double, .cbor): return .timestamp(Timestamp(seconds: document.number / 1000))
        default: throw refuse(document, "milliseconds since epoch")
        }
    }

    /// Base64 in JSON. CBOR has bytes of its own, and there a text is no blob.
    static func blob(_ document: Document, _ format: PayloadFormat) throws(Shape.TypeMismatch) -> [UInt8] {
        switch (document, format) {
        case (.bytes(let bytes), _): return bytes
        case (.string(let text), .json):
            do {
                return try Base64.decode(text)
            } catch {
                throw mismatch("'\(text)' can not be converted to a Blob: \(error.reason)")
            }
        default: throw refuse(document, "a Blob")
        }
    }

    static func notAList(_ document: Document) -> Shape.TypeMismatch {
        if case .object = document { return mismatch("Start of structure or map found where not expected.") }
        return mismatch("Expected list or null")
    }

    static func notAMap(_ document: Document) -> Shape.TypeMismatch {
        if case .list = document { return mismatch("Start of list found where not expected") }
        return mismatch("Expected map or null")
    }

    static func notAStructure(_ document: Document) -> Shape.TypeMismatch {
        if case .list = document { return mismatch("Start of list found where not expected") }
        return mismatch("Expected null")
    }
}
