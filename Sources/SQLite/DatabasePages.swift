#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The pages of a database that no connection has open, by their checksums.
package final class DatabasePages {
    private let descriptor: Int32
    private let path: String
    /// Bytes of a page.
    private let size: Int
    private let count: Int

    private init(_ descriptor: Int32, _ path: String, size: Int, count: Int) {
        self.descriptor = descriptor
        self.path = path
        self.size = size
        self.count = count
    }

    /// - Parameter isWritable: whether pages are to be corrected.
    /// - Returns: nil when the database has no checksums, or no page.
    /// - Throws: when it cannot be read.
    package static func of(_ path: String, isWritable: Bool = false) throws(DatabaseError) -> DatabasePages? {
        let descriptor = open(path, (isWritable ? O_RDWR : O_RDONLY) | O_CLOEXEC)
        guard descriptor >= 0 else { throw DatabaseError(.inputOutput, "\(path): \(String(cString: strerror(errno)))") }
        var header = [UInt8](repeating: 0, count: 18)
        // The size of pages stands in one of them: without it none is found.
        let size = pread(descriptor, &header, 18, 0) == 18 ? PageChecksum.pageSize(header) ?? 0 : 0
        let pages = DatabasePages(descriptor, path, size: size, count: size > 0 ? Int(lseek(descriptor, 0, SEEK_END)) / size : 0)
        guard pages.count > 0 else { return nil }
        var first = [UInt8](repeating: 0, count: size)
        try pages.read(&first, 1)
        return first.withUnsafeMutableBytes { PageChecksum.areKept(firstPage: $0) } ? pages : nil
    }

    deinit {
        close(descriptor)
    }

    /// The numbers, from 1, of pages that are not as they were written. A page that was never written, all zeros, is not among them.
    package func damaged() throws(DatabaseError) -> [UInt32] {
        var found: [UInt32] = []
        var page = [UInt8](repeating: 0, count: size)
        for number in 1...UInt32(count) {
            try read(&page, number)
            let isWhole = page.withUnsafeBytes { PageChecksum.isWhole($0, number: number) }
            if !isWhole, page.contains(where: { $0 != 0 }) { found.append(number) }
        }
        return found
    }

    /// Writes a page anew in which a single bit was wrong.
    /// - Returns: false when more is wrong; the page stays as it is.
    package func correct(_ number: UInt32) throws(DatabaseError) -> Bool {
        var page = [UInt8](repeating: 0, count: size)
        try read(&page, number)
        guard page.withUnsafeMutableBytes({ PageChecksum.correct($0, number: number) }) else { return false }
        guard pwrite(descriptor, page, size, off_t(number - 1) * off_t(size)) == size, fsync(descriptor) == 0 else { throw failure() }
        return true
    }

    private func read(_ page: inout [UInt8], _ number: UInt32) throws(DatabaseError) {
        guard pread(descriptor, &page, size, off_t(number - 1) * off_t(size)) == size else { throw failure() }
    }

    private func failure() -> DatabaseError {
        DatabaseError(.inputOutput, "\(path): \(String(cString: strerror(errno)))")
    }
}
