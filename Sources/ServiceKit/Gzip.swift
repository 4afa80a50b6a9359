import CZlib
package import Wire

/// RFC 1952, by the system's zlib.
package enum Gzip {
    /// - Throws: `InternalFailure` when there is no memory, or 4 GiB and more to compress.
    package static func compress(_ bytes: [UInt8]) throws(ServiceError) -> [UInt8] {
        let output = withStream { (stream) -> Result<[UInt8], Failure> in
            guard czlib_begin_gzip(stream) == Z_OK else { return .failure(Failure(reason: "zlib gives no memory")) }
            defer { deflateEnd(stream) }
            let made = run(stream, bytes, limit: .max) { deflate($0, Z_FINISH) }
            return made.map { .success($0) } ?? .failure(Failure(reason: "zlib could not compress"))
        }
        switch output {
        case .success(let made): return made
        case .failure(let failure): throw .internalFailure(failure)
        }
    }

    /// Nil for what is no gzip, is cut short, or becomes more than `limit` bytes.
    package static func expand(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        withStream { stream in
            guard czlib_begin_gunzip(stream) == Z_OK else { return nil }
            defer { inflateEnd(stream) }
            return run(stream, bytes, limit: limit) { inflate($0, Z_NO_FLUSH) }
        }
    }

    /// zlib holds the address of its stream against the one of each call, so it has one place from beginning to end.
    private static func withStream<Value>(_ body: (UnsafeMutablePointer<z_stream>) -> Value) -> Value {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer {
            stream.deinitialize(count: 1)
            stream.deallocate()
        }
        return body(stream)
    }

    /// Gives all of the input to zlib and takes what comes, to the end of the stream.
    private static func run(
        _ stream: UnsafeMutablePointer<z_stream>,
        _ bytes: [UInt8],
        limit: Int,
        _ step: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> [UInt8]? {
        guard let count = UInt32(exactly: bytes.count) else { return nil }
        var (input, output, chunk) = (bytes, [UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        return input.withUnsafeMutableBufferPointer { input -> [UInt8]? in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = count
            while true {
                let (code, made) = chunk.withUnsafeMutableBufferPointer { chunk -> (Int32, Int) in
                    stream.pointee.next_out = chunk.baseAddress
                    stream.pointee.avail_out = UInt32(chunk.count)
                    let code = step(stream)
                    return (code, chunk.count - Int(stream.pointee.avail_out))
                }
                guard made <= limit - output.count else { return nil }
                output += chunk[..<made]
                if code == Z_STREAM_END { return output }
                // Without progress it would go on for ever: the input is cut short.
                guard code == Z_OK, made > 0 || stream.pointee.avail_in > 0 else { return nil }
            }
        }
    }

    private struct Failure: Error {
        var reason: String
    }
}
