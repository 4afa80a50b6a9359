/// The texts of events while memory has them, in pieces that are given up as wholes, oldest first.
struct EventMemory: Sendable {
    private struct Piece: Sendable {
        var bytes: [UInt8] = []
        var events = 0
        /// Events whose write is under way: only memory has them.
        var pending = 0
    }

    /// Where a text is.
    struct Place: Sendable {
        /// The number of the piece.
        fileprivate(set) var piece: UInt32
        fileprivate(set) var offset: UInt32

        /// Of a text that memory does not have.
        static let none = Place(piece: 0, offset: 0)
    }

    private let budget: Int?
    private let pieceSize: Int
    private var pieces: [Piece] = []
    /// The number of the first piece; no text is ever in piece 0.
    private var first: UInt32 = 1
    /// Bytes that the pieces take.
    private(set) var used = 0

    /// - Parameter budget: bytes; nil for no bound.
    init(budget: Int?) {
        self.budget = budget
        pieceSize = min(256 << 10, max(4 << 10, (budget ?? .max) / 16))
    }

    mutating func add(_ text: UnsafeRawBufferPointer) -> Place {
        let size = 4 + text.count
        if pieces.last.map({ $0.bytes.count + size > $0.bytes.capacity }) ?? true {
            var piece = Piece()
            piece.bytes.reserveCapacity(max(pieceSize, size))
            used += piece.bytes.capacity
            pieces.append(piece)
        }
        let last = pieces.endIndex - 1
        let place = Place(piece: first + UInt32(last), offset: UInt32(pieces[last].bytes.count))
        withUnsafeBytes(of: UInt32(text.count)) { pieces[last].bytes.append(contentsOf: $0) }
        pieces[last].bytes.append(contentsOf: text)
        pieces[last].events += 1
        return place
    }

    func has(_ place: Place) -> Bool { place.piece >= first }

    /// - Returns: nil when memory does not have it.
    func withText<Value>(at place: Place, _ body: (UnsafeRawBufferPointer) -> Value) -> Value? {
        guard has(place) else { return nil }
        return pieces[Int(place.piece - first)].bytes.withUnsafeBytes { bytes in
            let start = Int(place.offset) + 4
            let count = Int(bytes.loadUnaligned(fromByteOffset: start - 4, as: UInt32.self))
            return body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
        }
    }

    /// Its piece stays until the write has ended.
    mutating func begin(at place: Place) {
        pieces[Int(place.piece - first)].pending += 1
    }

    mutating func end(at place: Place) {
        // After a reset there is nothing to settle.
        guard has(place), Int(place.piece - first) < pieces.count else { return }
        pieces[Int(place.piece - first)].pending -= 1
    }

    /// Gives up the oldest pieces until an eighth of the budget is free again, if more is held than may be. The piece that is written to stays.
    /// - Returns: how many texts memory no longer has.
    mutating func enforceBudget() -> Int {
        guard let budget, used > budget else { return 0 }
        var (count, events) = (0, 0)
        while used > budget - budget / 8, count < pieces.count - 1, pieces[count].pending == 0 {
            used -= pieces[count].bytes.capacity
            events += pieces[count].events
            count += 1
        }
        pieces.removeFirst(count)
        first += UInt32(count)
        return events
    }

    mutating func removeAll() {
        first += UInt32(pieces.count)
        pieces = []
        used = 0
    }
}
