extension ColumnSpec {
    package enum Reading: Sendable, Equatable {
        case value(Value)
        /// Why the text is no value of the column.
        case wrong(String)
    }

    /// A value from its text, by the rules of a CSV cell: an empty one is null where the column allows it.
    package func read(_ text: String) -> Reading {
        var text = text
        return text.withUTF8 { bytes in
            switch StagedValue.read(bytes, as: self, limit: LengthLimit(self)) {
            case .value(.null): .value(.null)
            case .value(.text(let bytes)): .value(.string(String(decoding: bytes, as: UTF8.self)))
            case .value(.integer(let number)): .value(type == .boolean ? .boolean(number != 0) : .long(number))
            case .value(.real(let number)): .value(.double(number))
            case .wrong(let reason): .wrong(reason)
            case .tooLong(let most): .wrong("longer than \(most) characters")
            }
        }
    }
}
