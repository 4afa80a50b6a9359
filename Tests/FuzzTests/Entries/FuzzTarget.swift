/// What reads bytes of strangers, by the names of the folders in `testdata/fuzz`.
///
/// An entry takes any bytes. That it returns is the first law; others it checks itself and throws `BrokenLaw`.
enum FuzzTarget: String, CaseIterable, Sendable {
    case http1, http2, json, cbor, xml, csv, avro, filter, signature, chunked, log, frame, table, model

    var entry: @Sendable ([UInt8]) throws -> Void {
        switch self {
        case .http1: { try ListenerEntries.http1($0) }
        case .http2: { try ListenerEntries.http2($0) }
        case .json: { try DocumentEntries.json($0) }
        case .cbor: { try DocumentEntries.cbor($0) }
        case .xml: { try DocumentEntries.xml($0) }
        case .csv: { try DatasetEntries.csv($0) }
        case .avro: { try ExpressionEntries.avro($0) }
        case .filter: { try ExpressionEntries.filter($0) }
        case .signature: { try SignatureEntries.signature($0) }
        case .chunked: { try SignatureEntries.chunked($0) }
        case .log: { try LogEntries.log($0) }
        case .frame: { try LogEntries.frame($0) }
        case .table: { try DatasetEntries.table($0) }
        case .model: { try DatasetEntries.model($0) }
        }
    }
}

/// Something that must hold for all inputs does not for this one.
struct BrokenLaw: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

func law(_ holds: Bool, _ description: @autoclosure () -> String) throws(BrokenLaw) {
    if !holds { throw BrokenLaw(description()) }
}

extension [UInt8] {
    /// Cut into pieces whose lengths the bytes themselves give, 1...8 each.
    var pieces: [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < count {
            let end = Swift.min(count, start + Int(self[start] & 7) + 1)
            pieces.append(Array(self[start..<end]))
            start = end
        }
        return pieces
    }
}
