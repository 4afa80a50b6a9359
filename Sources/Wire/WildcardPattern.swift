/// A text with places where anything may stand, matched in time proportional to the text that is looked at.
package struct WildcardPattern: Sendable {
    private let first: [UInt8]
    /// Nil where nothing may stand anywhere.
    private let last: [UInt8]?
    private let middle: [TextSearch<UInt8>]

    /// - Parameter pieces: what stands between those places; one piece is the whole text.
    package init(_ pieces: [[UInt8]]) {
        first = pieces.first ?? []
        last = pieces.count > 1 ? pieces.last : nil
        middle = pieces.dropFirst().dropLast().filter { !$0.isEmpty }.map { TextSearch($0) }
    }

    /// The first and the last piece stand at the ends, each of the others at the first place behind the one before.
    package func matches(_ text: [UInt8]) -> Bool {
        guard let last else { return text == first }
        guard text.count >= first.count + last.count, text.starts(with: first), text.suffix(last.count).elementsEqual(last) else { return false }
        var rest = text.dropFirst(first.count).dropLast(last.count)
        for piece in middle {
            guard let place = piece.first(in: rest) else { return false }
            rest = rest.dropFirst(place + piece.count)
        }
        return true
    }
}
