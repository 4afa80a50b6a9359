import Glibc
import NIOCore
import Wire

/// A piece of a file in memory, for connections whose bytes the kernel cannot take from the file itself.
enum FilePiece {
    /// Whether a file has bytes up to `end`: the kernel waits for ever for those that were cut off.
    static func reaches(_ end: Int64, in file: OpenFile) -> Bool {
        var status = stat()
        return fstat(file.descriptor, &status) == 0 && Int64(status.st_size) >= end
    }

    /// Reads on the pool's threads. Fails when the file is shorter than it was said to be, or its check does not pass.
    /// - Parameter isLast: whether nothing of the body follows.
    static func read(
        _ file: OpenFile,
        at offset: Int64,
        _ count: Int,
        isLast: Bool,
        _ pool: UploadPool,
        on loop: any EventLoop
    ) -> EventLoopFuture<ByteBuffer> {
        let promise = loop.makePromise(of: ByteBuffer.self)
        pool.run {
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            while buffer.readableBytes < count {
                let start = offset + Int64(buffer.readableBytes)
                let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count - buffer.readableBytes) { target in
                    // In bounds: the buffer has room for what is missing.
                    max(0, pread(file.descriptor, target.baseAddress, min(target.count, count - Int(start - offset)), off_t(start)))
                }
                guard got > 0 else { return promise.fail(IOError(errnoCode: EIO, reason: "a file is shorter than its length")) }
            }
            if let check = file.check, !buffer.withUnsafeReadableBytes({ check.passes($0, isLast: isLast) }) {
                return promise.fail(IOError(errnoCode: EIO, reason: "a file is not what was stored"))
            }
            promise.succeed(buffer)
        }
        return promise.futureResult
    }
}
