/// Decodes a body in aws-chunked encoding from pieces cut anywhere:
/// `size[;chunk-signature=…]CRLF data CRLF … 0[;chunk-signature=…]CRLF [name:valueCRLF …] CRLF`, sizes in hexadecimal.
///
/// Data is handed on as it comes, before the signature of its chunk is known: nothing counts until ``finish()`` has returned.
package struct ChunkedBody: Sendable {
    /// Of a chunk's first line, in bytes.
    private static let longestLine = 1024
    /// Of all trailers together, in bytes.
    private static let longestTrailers = 16_384

    private enum State {
        case head
        case data(left: Int)
        /// Between a chunk's data and the next head.
        case gap
        case trailers
        case done
    }

    private let decodedLength: Int
    private let announced: [String]
    private let isTrailerSigned: Bool
    private var signing: ChunkSigning?
    private var state = State.head
    private var line: [UInt8] = []
    private var produced = 0
    private var chunkSignature = ""
    private var chunkHash = Checksum(.sha256)
    private var trailerBytes = 0
    private var trailerSignature: String?
    private var trailers: [(name: String, value: String)] = []

    /// - Parameters:
    ///   - form: one of the chunked ones.
    ///   - signing: nil leaves chunk signatures unverified, for a server that was told not to verify any.
    ///   - decodedLength: `x-amz-decoded-content-length`, in bytes.
    ///   - trailers: the names in `x-amz-trailer`, lower-case; no other may come.
    package init(form: PayloadForm, signing: ChunkSigning?, decodedLength: Int, trailers: [String]) {
        precondition(form.isChunked, "only a chunked payload has chunks")
        self.decodedLength = decodedLength
        self.signing = form == .unsignedChunks ? nil : signing
        isTrailerSigned = form == .signedChunks(trailer: true)
        announced = form == .signedChunks(trailer: false) ? [] : trailers
    }

    package mutating func feed(_ bytes: [UInt8], _ emit: (ArraySlice<UInt8>) -> Void) throws(PayloadFault) {
        var index = 0
        while index < bytes.count {
            switch state {
            case .data(let left):
                let count = min(left, bytes.count - index)
                let piece = bytes[index..<index + count]
                if signing != nil { chunkHash.update(piece) }
                emit(piece)
                index += count
                produced += count
                state = left == count ? .gap : .data(left: left - count)
            case .head, .gap, .trailers:
                if let line = try takeLine(bytes, &index) { try read(line) }
            case .done:
                throw .incomplete
            }
        }
    }

    /// The trailers, names in lower case. Throws when the body is not complete.
    package mutating func finish() throws(PayloadFault) -> [(name: String, value: String)] {
        guard case .done = state, produced == decodedLength else { throw .incomplete }
        return trailers
    }

    /// The next line without its line break, once all of it is there.
    private mutating func takeLine(_ bytes: [UInt8], _ index: inout Int) throws(PayloadFault) -> [UInt8]? {
        let limit = if case .trailers = state { Self.longestTrailers - trailerBytes } else { Self.longestLine }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\n"), line.last == UInt8(ascii: "\r") {
                line.removeLast()
                defer { line.removeAll(keepingCapacity: true) }
                return line
            }
            line.append(byte)
            guard line.count <= limit else { throw .incomplete }
        }
        return nil
    }

    private mutating func read(_ line: [UInt8]) throws(PayloadFault) {
        switch state {
        case .head:
            try read(head: line)
        case .gap:
            guard line.isEmpty else { throw .incomplete }
            try endChunk()
            state = .head
        case .trailers:
            trailerBytes += line.count
            if line.isEmpty { try endTrailers() } else { try read(trailer: line) }
        case .data, .done:
            preconditionFailure("data is not read by lines")
        }
    }

    private mutating func read(head: [UInt8]) throws(PayloadFault) {
        let digits = head.prefix { $0 != UInt8(ascii: ";") }
        var size = 0
        guard !digits.isEmpty, digits.count <= 15 else { throw .incomplete }
        for digit in digits {
            guard let value = Hex.value(of: digit) else { throw .incomplete }
            size = size << 4 | Int(value)
        }
        guard size <= decodedLength - produced else { throw .incomplete }
        chunkSignature = Self.signature(in: head.dropFirst(digits.count + 1))
        chunkHash = Checksum(.sha256)
        guard size == 0 else {
            state = .data(left: size)
            return
        }
        try endChunk()
        state = .trailers
    }

    /// The value of `chunk-signature` among a chunk's extensions; empty when there is none.
    private static func signature(in extensions: ArraySlice<UInt8>) -> String {
        let name = Array("chunk-signature=".utf8)
        for part in extensions.split(separator: UInt8(ascii: ";")) where part.starts(with: name) {
            return String(decoding: part.dropFirst(name.count), as: UTF8.self)
        }
        return ""
    }

    private mutating func endChunk() throws(PayloadFault) {
        try signing?.verify(chunk: Hex.text(chunkHash.value), signature: chunkSignature)
    }

    private mutating func read(trailer: [UInt8]) throws(PayloadFault) {
        guard let text = String(validating: trailer, as: UTF8.self), let colon = text.firstIndex(of: ":") else { throw .malformedTrailer }
        let name = text[..<colon].lowercased()
        let value = String(text[text.index(after: colon)...].trimmingBlanks)
        if name == "x-amz-trailer-signature" {
            guard trailerSignature == nil, isTrailerSigned else { throw .malformedTrailer }
            trailerSignature = value
        } else {
            guard announced.contains(name), trailerSignature == nil, !trailers.contains(where: { $0.name == name }) else {
                throw .malformedTrailer
            }
            trailers.append((name, value))
        }
    }

    private mutating func endTrailers() throws(PayloadFault) {
        guard trailers.count == announced.count else { throw .malformedTrailer }
        if isTrailerSigned, signing != nil {
            let text = trailers.map { "\($0.name):\($0.value)\n" }.joined()
            try signing?.verify(trailers: Array(text.utf8), signature: trailerSignature ?? "")
        }
        state = .done
    }
}

extension Substring {
    /// Without blanks and line ends at either end: one widespread client ends a trailer with an extra line feed.
    fileprivate var trimmingBlanks: Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else { return "" }
        return self[first...last]
    }
}
