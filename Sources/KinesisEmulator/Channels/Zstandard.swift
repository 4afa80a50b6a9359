#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// RFC 8878, by the system's libzstd, which is loaded when it is first needed.
enum Zstandard {
    /// Its functions are looked up once, never change, and are safe to call from any thread.
    private struct Library: Sendable {
        typealias Bound = @Sendable @convention(c) (Int) -> Int
        typealias Compress = @Sendable @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeRawPointer?, Int, Int32) -> Int
        typealias IsError = @Sendable @convention(c) (Int) -> UInt32

        let bound: Bound
        let compress: Compress
        let isError: IsError

        /// Nil when the system has no libzstd.
        init?() {
            guard let handle = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL) ?? dlopen("libzstd.1.dylib", RTLD_NOW | RTLD_LOCAL),
                let bound = dlsym(handle, "ZSTD_compressBound"), let compress = dlsym(handle, "ZSTD_compress"),
                let isError = dlsym(handle, "ZSTD_isError")
            else { return nil }
            // Proof: these are the signatures of zstd.h, which have been stable since version 1.0.
            self.bound = unsafeBitCast(bound, to: Bound.self)
            self.compress = unsafeBitCast(compress, to: Compress.self)
            self.isError = unsafeBitCast(isError, to: IsError.self)
        }
    }

    private static let library = Library()
    /// That of the command of the same name.
    private static let level: Int32 = 3

    static var isThere: Bool { library != nil }

    /// Nil when there is no library, or no memory.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard let library else { return nil }
        let capacity = library.bound(bytes.count)
        guard capacity > 0, library.isError(capacity) == 0 else { return nil }
        var isDone = false
        let output = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            let made = bytes.withUnsafeBytes { library.compress(output.baseAddress, capacity, $0.baseAddress, $0.count, level) }
            isDone = library.isError(made) == 0 && made <= capacity
            count = isDone ? made : 0
        }
        return isDone ? output : nil
    }
}
