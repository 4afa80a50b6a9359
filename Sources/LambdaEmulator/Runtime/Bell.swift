#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Wakes a thread that waits for descriptors.
final class Bell: Sendable {
    struct Failure: Error {}

    /// Readable when it rang.
    let descriptor: Int32
    private let other: Int32

    init() throws {
        var pair: [Int32] = [-1, -1]
        guard pipe(&pair) == 0 else { throw Failure() }
        (descriptor, other) = (pair[0], pair[1])
        for end in pair {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
        }
    }

    deinit {
        close(descriptor)
        close(other)
    }

    /// Never waits: a bell that rings already rings.
    func ring() {
        var byte: UInt8 = 1
        _ = write(other, &byte, 1)
    }

    func quiet() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}
