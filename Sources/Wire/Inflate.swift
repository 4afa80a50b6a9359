/// RFC 1951: what DEFLATE packed.
package enum Inflate {
    /// Why bytes are no DEFLATE, or hold more than was allowed.
    package struct Failure: Error, Equatable {
        package var reason: String
    }

    /// - Parameter limit: of what comes out; more is refused as soon as it is reached, so no input makes more memory than that.
    package static func bytes(_ input: ArraySlice<UInt8>, limit: Int) throws(Failure) -> [UInt8] {
        var reader = BitReader(input)
        var output: [UInt8] = []
        output.reserveCapacity(min(limit, 1 << 20))
        var (isLast, blocks) = (false, 0)
        while !isLast {
            // Each block may bring tables that take longer than what it holds.
            blocks += 1
            guard blocks <= 1024 + input.count / 64 else { throw Failure(reason: "it has too many blocks") }
            isLast = try reader.take(1) == 1
            switch try reader.take(2) {
            case 0: try stored(&reader, &output, limit)
            case 1: try block(&reader, &output, limit, HuffmanTable.fixedLiterals, HuffmanTable.fixedDistances)
            case 2:
                let (literals, distances) = try HuffmanTable.read(&reader)
                try block(&reader, &output, limit, literals, distances)
            default: throw Failure(reason: "a block of no kind")
            }
        }
        return output
    }

    private static func stored(_ reader: inout BitReader, _ output: inout [UInt8], _ limit: Int) throws(Failure) {
        reader.alignToByte()
        let (count, inverse) = (try reader.take(16), try reader.take(16))
        guard count == inverse ^ 0xFFFF else { throw Failure(reason: "a stored block whose length is not what it says") }
        guard output.count + count <= limit else { throw Failure(reason: "it holds more than it says") }
        output += try reader.bytes(count)
    }

    private static let lengthBases: [UInt16] = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
    ]
    private static let lengthBits: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
    private static let distanceBases: [UInt16] = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
    ]
    private static let distanceBits: [UInt8] = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]

    private static func block(
        _ reader: inout BitReader,
        _ output: inout [UInt8],
        _ limit: Int,
        _ literals: HuffmanTable,
        _ distances: HuffmanTable
    ) throws(Failure) {
        while true {
            let symbol = try literals.next(&reader)
            if symbol < 256 {
                guard output.count < limit else { throw Failure(reason: "it holds more than it says") }
                output.append(UInt8(symbol))
                continue
            }
            if symbol == 256 { return }
            guard symbol - 257 < lengthBases.count else { throw Failure(reason: "a length of no code") }
            let count = Int(lengthBases[symbol - 257]) + (try reader.take(Int(lengthBits[symbol - 257])))
            let code = try distances.next(&reader)
            guard code < distanceBases.count else { throw Failure(reason: "a distance of no code") }
            let distance = Int(distanceBases[code]) + (try reader.take(Int(distanceBits[code])))
            guard distance <= output.count else { throw Failure(reason: "a distance before the beginning") }
            guard output.count + count <= limit else { throw Failure(reason: "it holds more than it says") }
            // What is copied may overlap what it makes, so it goes byte by byte.
            let start = output.count - distance
            for index in start..<(start + count) { output.append(output[index]) }
        }
    }
}

/// Bits in DEFLATE's order: the lowest of each byte first.
struct BitReader {
    private let input: ArraySlice<UInt8>
    private var place: Int
    private var held: UInt64 = 0
    private var count = 0

    init(_ input: ArraySlice<UInt8>) {
        self.input = input
        place = input.startIndex
    }

    private mutating func fill() {
        while count <= 48, place < input.endIndex {
            held |= UInt64(input[place]) << UInt64(count)
            place += 1
            count += 8
        }
    }

    /// At most 16 bits.
    mutating func take(_ bits: Int) throws(Inflate.Failure) -> Int {
        if count < bits { fill() }
        guard count >= bits else { throw Inflate.Failure(reason: "it ends early") }
        let value = Int(held & ((1 << UInt64(bits)) &- 1))
        drop(bits)
        return value
    }

    /// The next 15 bits without taking them; what is beyond the end is zero.
    mutating func peek() -> Int {
        if count < 15 { fill() }
        return Int(held & 0x7FFF)
    }

    mutating func skip(_ bits: Int) throws(Inflate.Failure) {
        guard count >= bits else { throw Inflate.Failure(reason: "it ends early") }
        drop(bits)
    }

    private mutating func drop(_ bits: Int) {
        held >>= UInt64(bits)
        count -= bits
    }

    mutating func alignToByte() { drop(count % 8) }

    mutating func bytes(_ wanted: Int) throws(Inflate.Failure) -> ArraySlice<UInt8> {
        // What is held are whole bytes, and they stand directly before `place`.
        place -= count / 8
        (held, count) = (0, 0)
        guard wanted <= input.endIndex - place else { throw Inflate.Failure(reason: "it ends early") }
        defer { place += wanted }
        return input[place..<(place + wanted)]
    }
}

/// A canonical Huffman code as a table by the next 15 bits.
struct HuffmanTable: Sendable {
    /// Symbol and, in the lowest four bits, the length of its code; 0 where no code is.
    private let entries: [UInt16]

    /// - Parameter isFull: whether every sequence of bits has to be a code; a code of one symbol has only one.
    init(lengths: [UInt8], isFull: Bool) throws(Inflate.Failure) {
        var counts = [Int](repeating: 0, count: 16)
        for length in lengths { counts[Int(length & 15)] += 1 }
        counts[0] = 0
        var (code, firsts, left) = (0, [Int](repeating: 0, count: 16), 1)
        for length in 1...15 {
            code = (code + counts[length - 1]) << 1
            firsts[length] = code
            left = left << 1 - counts[length]
            guard left >= 0 else { throw Inflate.Failure(reason: "a code with too many symbols") }
        }
        let used = counts.reduce(0, +)
        guard left == 0 || (!isFull && used <= 1) else { throw Inflate.Failure(reason: "a code with too few symbols") }
        var entries = [UInt16](repeating: 0, count: 1 << 15)
        for (symbol, length) in lengths.enumerated() where length > 0 {
            let width = Int(length)
            var index = Self.reversed(firsts[width], width)
            firsts[width] += 1
            while index < entries.count {
                entries[index] = UInt16(symbol) << 4 | UInt16(length)
                index += 1 << width
            }
        }
        self.entries = entries
    }

    private static func reversed(_ code: Int, _ width: Int) -> Int {
        var (code, result) = (code, 0)
        for _ in 0..<width { (result, code) = (result << 1 | code & 1, code >> 1) }
        return result
    }

    func next(_ reader: inout BitReader) throws(Inflate.Failure) -> Int {
        let entry = entries[reader.peek()]
        guard entry != 0 else { throw Inflate.Failure(reason: "bits of no code") }
        try reader.skip(Int(entry & 15))
        return Int(entry >> 4)
    }

    private static func fixed(_ lengths: [UInt8]) -> HuffmanTable {
        guard let table = try? HuffmanTable(lengths: lengths, isFull: true) else { preconditionFailure("the fixed codes of RFC 1951 are full") }
        return table
    }

    static let fixedLiterals = fixed(
        [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112) + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8)
    )
    static let fixedDistances = fixed([UInt8](repeating: 5, count: 32))

    private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    /// The two codes at the head of a block that brings its own.
    static func read(_ reader: inout BitReader) throws(Inflate.Failure) -> (literals: HuffmanTable, distances: HuffmanTable) {
        let literals = try reader.take(5) + 257
        let distances = try reader.take(5) + 1
        let count = try reader.take(4) + 4
        guard literals <= 286, distances <= 30 else { throw Inflate.Failure(reason: "a code with too many symbols") }
        var widths = [UInt8](repeating: 0, count: 19)
        for index in order.prefix(count) { widths[index] = UInt8(try reader.take(3)) }
        let table = try HuffmanTable(lengths: widths, isFull: true)
        var lengths: [UInt8] = []
        while lengths.count < literals + distances {
            let symbol = try table.next(&reader)
            switch symbol {
            case 0...15: lengths.append(UInt8(symbol))
            case 16:
                guard let last = lengths.last else { throw Inflate.Failure(reason: "a repetition of nothing") }
                lengths += [UInt8](repeating: last, count: try reader.take(2) + 3)
            case 17: lengths += [UInt8](repeating: 0, count: try reader.take(3) + 3)
            default: lengths += [UInt8](repeating: 0, count: try reader.take(7) + 11)
            }
        }
        guard lengths.count == literals + distances, lengths[256] > 0 else { throw Inflate.Failure(reason: "lengths that run over") }
        return (
            try HuffmanTable(lengths: Array(lengths[..<literals]), isFull: false),
            try HuffmanTable(lengths: Array(lengths[literals...]), isFull: false)
        )
    }
}
