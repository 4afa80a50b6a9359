/// How AWS's JSON 1.1 protocol puts documents into bodies: as JSON, or as CBOR with the same member names.
package enum PayloadFormat: Sendable {
    case json, cbor

    package var contentType: String {
        switch self {
        case .json: "application/x-amz-json-1.1"
        case .cbor: "application/x-amz-cbor-1.1"
        }
    }

    /// The object in a body; nil when there is none.
    package func object(_ bytes: [UInt8]) -> Document? {
        let document: Document? =
            switch self {
            case .json: try? JSON.parse(bytes)
            case .cbor: try? CBOR.parse(bytes)
            }
        if case .object? = document { return document }
        return nil
    }

    /// - Parameter numbers: how JSON has its numbers; CBOR's are binary.
    package func write(_ document: Document, numbers: JSON.NumberForm = .plain) -> [UInt8] {
        switch self {
        case .json: JSON.write(document, numbers: numbers)
        case .cbor: CBOR.write(document)
        }
    }
}
