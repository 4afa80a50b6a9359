import CSQLite

/// A database's own file, as SQLite holds it: the system's stands in memory right behind.
struct ChecksumFile {
    // First, for SQLite reads the methods from here.
    var base = sqlite3_file()
    /// Whether pages have checksums.
    fileprivate var isSealed = false
    fileprivate var pageSize = 4096

    /// What SQLite calls. Version 2: with the shared memory of a write-ahead log, without pages of the file in memory, which nothing would look at.
    // Filled once, before it is published, and only read from then on.
    nonisolated(unsafe) static let methods: UnsafePointer<sqlite3_io_methods> = {
        var methods = sqlite3_io_methods()
        methods.iVersion = 2
        methods.xClose = { file in own(file).inner.methods.xClose(own(file).inner) }
        methods.xRead = { own($0).read($1, Int($2), at: $3) }
        methods.xWrite = { own($0).write($1, Int($2), at: $3) }
        methods.xTruncate = { own($0).inner.methods.xTruncate(own($0).inner, $1) }
        methods.xSync = { own($0).inner.methods.xSync(own($0).inner, $1) }
        methods.xFileSize = { own($0).inner.methods.xFileSize(own($0).inner, $1) }
        methods.xLock = { own($0).inner.methods.xLock(own($0).inner, $1) }
        methods.xUnlock = { own($0).inner.methods.xUnlock(own($0).inner, $1) }
        methods.xCheckReservedLock = { own($0).inner.methods.xCheckReservedLock(own($0).inner, $1) }
        methods.xFileControl = { own($0).inner.methods.xFileControl(own($0).inner, $1, $2) }
        methods.xSectorSize = { own($0).inner.methods.xSectorSize(own($0).inner) }
        methods.xDeviceCharacteristics = { own($0).inner.methods.xDeviceCharacteristics(own($0).inner) }
        methods.xShmMap = { own($0).inner.methods.xShmMap(own($0).inner, $1, $2, $3, $4) }
        methods.xShmLock = { own($0).inner.methods.xShmLock(own($0).inner, $1, $2, $3) }
        methods.xShmBarrier = { own($0).inner.methods.xShmBarrier(own($0).inner) }
        methods.xShmUnmap = { own($0).inner.methods.xShmUnmap(own($0).inner, $1) }
        let kept = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        kept.initialize(to: methods)
        return UnsafePointer(kept)
    }()

    private static func own(_ file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<ChecksumFile> {
        // SQLite gives what it was given by `xOpen`, which is never nil.
        UnsafeMutableRawPointer(file.unsafelyUnwrapped).assumingMemoryBound(to: ChecksumFile.self)
    }
}

extension UnsafeMutablePointer<sqlite3_file> {
    fileprivate var methods: sqlite3_io_methods { pointee.pMethods.pointee }
}

extension UnsafeMutablePointer<ChecksumFile> {
    /// The system's file.
    var inner: UnsafeMutablePointer<sqlite3_file> {
        UnsafeMutableRawPointer(self).advanced(by: MemoryLayout<ChecksumFile>.stride).assumingMemoryBound(to: sqlite3_file.self)
    }

    /// Finds whether pages have checksums: those of a database that is still to be made will.
    func start() {
        var header = [UInt8](repeating: 0, count: 100)
        let code = header.withUnsafeMutableBytes { inner.methods.xRead(inner, $0.baseAddress, 100, 0) }
        guard code == SQLITE_OK else { return pointee.isSealed = code == SQLITE_IOERR | 2 << 8 }
        guard let size = PageChecksum.pageSize(header) else { return }
        pointee.pageSize = size
        withPage { page in
            pointee.isSealed = inner.methods.xRead(inner, page.baseAddress, Int32(size), 0) == SQLITE_OK && PageChecksum.areKept(firstPage: page)
        }
    }

    fileprivate func read(_ buffer: UnsafeMutableRawPointer?, _ count: Int, at offset: Int64) -> Int32 {
        guard pointee.isSealed, count > 100, offset % Int64(pointee.pageSize) == 0, let buffer else {
            return inner.methods.xRead(inner, buffer, Int32(count), offset)
        }
        if count == pointee.pageSize { return checked(UnsafeMutableRawBufferPointer(start: buffer, count: count), offset) }
        // A part of a page, of which only the whole can be checked.
        return withPage { page in
            let code = checked(page, offset)
            if code == SQLITE_OK, let start = page.baseAddress { buffer.copyMemory(from: start, byteCount: count) }
            return code
        }
    }

    private func checked(_ page: UnsafeMutableRawBufferPointer, _ offset: Int64) -> Int32 {
        let code = inner.methods.xRead(inner, page.baseAddress, Int32(page.count), offset)
        guard code == SQLITE_OK else { return code }
        return PageChecksum.isWhole(UnsafeRawBufferPointer(page), number: number(at: offset)) ? SQLITE_OK : ChecksumVFS.damagedPage
    }

    fileprivate func write(_ buffer: UnsafeRawPointer?, _ count: Int, at offset: Int64) -> Int32 {
        if pointee.isSealed, offset == 0, count >= 512, count & (count - 1) == 0 { pointee.pageSize = count }
        guard pointee.isSealed, count == pointee.pageSize, offset % Int64(count) == 0, let buffer else {
            return inner.methods.xWrite(inner, buffer, Int32(count), offset)
        }
        return withPage { page in
            page.copyMemory(from: UnsafeRawBufferPointer(start: buffer, count: count))
            PageChecksum.seal(page, number: number(at: offset))
            return inner.methods.xWrite(inner, page.baseAddress, Int32(count), offset)
        }
    }

    private func number(at offset: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: offset / Int64(pointee.pageSize) + 1)
    }

    private func withPage<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: pointee.pageSize, alignment: 8, body)
    }
}
