/// What reads bytes of strangers, by the name of a folder in `testdata/fuzz`.
///
/// An entry takes any bytes. That it returns is the first law; others it checks itself and throws `BrokenLaw`.
struct FuzzTarget: Sendable, CustomStringConvertible {
    let name: String
    let entry: @Sendable ([UInt8]) throws -> Void

    init(_ name: String, _ entry: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.name = name
        self.entry = entry
    }

    var description: String { name }
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
