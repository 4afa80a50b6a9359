import Glibc
import NIOCore
import Wire

/// A piece of a file in memory, for connections whose bytes the kernel cannot take from the file itself.
enum FilePiece {
    /// Reads on the pool's threads. Fails when the file is shorter than it was said to be.
    static func read(_ file: OpenFile, at offset: Int64, _ count: Int, _ pool: UploadPool, on loop: any EventLoop) -> EventLoopFuture<ByteBuffer> {
        let promise = loop.makePromise(of: ByteBuffer.self)
        pool.run {
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            while buffer.readableBytes < count {
                let place = offset + Int64(buffer.readableBytes)
                let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count - buffer.readableBytes) { target in
                    // In bounds: the buffer has room for what is missing.
                    max(0, pread(file.descriptor, target.baseAddress, min(target.count, count - Int(place - offset)), off_t(place)))
                }
                guard got > 0 else { return promise.fail(IOError(errnoCode: EIO, reason: "a file is shorter than its length")) }
            }
            promise.succeed(buffer)
        }
        return promise.futureResult
    }
}
