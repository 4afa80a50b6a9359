/// Reads the body of an S3 upload piece by piece: takes it out of aws-chunked encoding and holds it against everything that was said of it
/// in the head, the signature and the trailers.
package struct PayloadReader: Sendable {
    /// What a complete body came to.
    package struct Summary: Sendable {
        /// Decoded, in bytes.
        package var count: Int
        /// The ETag of an object sent in one piece.
        package var md5: [UInt8]
        /// The checksum that the client stated, verified; else the one computed in its place.
        package var checksum: (algorithm: ChecksumAlgorithm, value: [UInt8])
    }

    private var chunks: ChunkedBody?
    private var md5 = Checksum(.md5)
    private var hash: (claimed: String, running: Checksum)?
    private var checksum: Checksum
    private let stated: StatedChecksum?
    private let claimedMD5: String?
    private let expectedCount: Int?
    private var count = 0

    /// - Parameters:
    ///   - headers: of the upload: `content-md5`, `x-amz-checksum-*`, `x-amz-trailer`, `x-amz-decoded-content-length` and `content-length` count.
    ///   - form: from `x-amz-content-sha256`.
    ///   - signing: of the verified head; nil where signatures are not verified.
    ///   - fallback: computed where the client states no checksum; CRC64NVME is what S3 itself does.
    package init(
        headers: WireHeaders,
        form: PayloadForm,
        signing: ChunkSigning?,
        fallback: ChecksumAlgorithm = .crc64NVME
    ) throws(PayloadFault) {
        let length = form.isChunked ? headers["x-amz-decoded-content-length"] : headers["content-length"]
        expectedCount = length.flatMap { Int($0) }
        if let expectedCount, expectedCount < 0 { throw .lengthMissing }
        if length != nil, expectedCount == nil { throw .lengthMissing }

        let trailers = headers.all("x-amz-trailer").joined(separator: ",")
            .split { $0 == "," || $0 == " " }
            .map { $0.lowercased() }
        if form.isChunked {
            guard let expectedCount else { throw .lengthMissing }
            chunks = ChunkedBody(form: form, signing: signing, decodedLength: expectedCount, trailers: trailers)
        } else if !trailers.isEmpty {
            throw .malformedTrailer
        }
        let stated = try StatedChecksum(headers, trailers: trailers)

        if case .hash(let claimed) = form { hash = (claimed, Checksum(.sha256)) }
        claimedMD5 = headers["content-md5"]
        checksum = Checksum(stated?.algorithm ?? fallback)
        self.stated = stated
    }

    /// The algorithm of the checksum that the client states; nil when it states none.
    package var statedAlgorithm: ChecksumAlgorithm? { stated?.algorithm }

    package mutating func feed(_ bytes: [UInt8], _ emit: (ArraySlice<UInt8>) -> Void) throws(PayloadFault) {
        guard chunks != nil else {
            take(bytes[...])
            if let expectedCount, count > expectedCount { throw .incomplete }
            emit(bytes[...])
            return
        }
        var pieces: [ArraySlice<UInt8>] = []
        try chunks?.feed(bytes) { pieces.append($0) }
        for piece in pieces {
            take(piece)
            emit(piece)
        }
    }

    /// Called once, when the body has ended.
    package mutating func finish() throws(PayloadFault) -> Summary {
        let trailers = try chunks?.finish() ?? []
        if let expectedCount, count != expectedCount { throw .incomplete }
        if let hash {
            let computed = Hex.text(hash.running.value)
            guard computed == hash.claimed.lowercased() else { throw .wrongHash(claimed: hash.claimed, computed: computed) }
        }
        try checkMD5()
        let value = checksum.value
        if let stated, try claim(stated, trailers) != value { throw .wrongChecksum(stated.algorithm) }
        return Summary(count: count, md5: md5.value, checksum: (checksum.algorithm, value))
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        count += bytes.count
        md5.update(bytes)
        checksum.update(bytes)
        hash?.running.update(bytes)
    }

    private func checkMD5() throws(PayloadFault) {
        guard let claimedMD5 else { return }
        guard let claimed = try? Base64.decode(claimedMD5), claimed.count == 16 else { throw .malformedMD5(claimedMD5) }
        guard claimed == md5.value else { throw .wrongMD5(claimed: claimedMD5, computed: md5.base64) }
    }

    private func claim(_ stated: StatedChecksum, _ trailers: [(name: String, value: String)]) throws(PayloadFault) -> [UInt8] {
        if let value = stated.value { return value }
        let text = trailers.first { $0.name == stated.algorithm.headerName }?.value
        guard let value = StatedChecksum.decode(text ?? "", stated.algorithm) else { throw .malformedTrailingChecksum(stated.algorithm) }
        return value
    }
}
