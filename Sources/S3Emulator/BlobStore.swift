import Logging
package import SQLite
import ServiceKit
import Synchronization
package import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The bytes of one object or part, open for reading whatever happens to the object meanwhile.
package enum Blob: Sendable {
    case bytes([UInt8])
    /// `sealed` is nil when it is known that the bytes are those that were stored.
    case file(OpenFile, length: Int, sealed: SealedBlob?)

    var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .file(_, let length, _): length
        }
    }
}

/// The bytes of objects, by numbers that are never used twice.
///
/// With a data directory each is a file `objects/<two hex>/<number>`, and which of them count is said by the rows of the database alone.
/// Without one, small ones are in memory and larger ones in files that have no name, so that nothing is left behind however the process ends.
package final class BlobStore: Sendable {
    /// In bytes; more than this is not held in memory.
    static let largestInMemory = 256 << 10
    private static let reservation: Int64 = 1024

    private struct Numbers {
        var next: Int64
        /// The first number that is not reserved.
        var end: Int64
    }

    let syncs: Bool
    private let directory: String?
    private let store: Store
    private let numbers: Mutex<Numbers>
    private let unnamed = Mutex<[Int64: Blob]>([:])
    /// Which of the 256 folders exist.
    private let folders = Mutex(Set<UInt8>())
    /// The numbers of the files that were there at the start, until it is known which of them have a row.
    private let found: Mutex<[Int64]>

    /// The files that were written by this run or read by it and found right, as they were then.
    private let verified = Mutex<[Int64: FileState]>([:])
    private static let mostVerified = 100_000
    private let log: Logger

    init(store: Store, syncs: Bool, log: Logger = Logger(label: "objects") { _ in SwiftLogNoOpLogHandler() }) throws {
        self.store = store
        self.syncs = syncs
        self.log = log
        directory = store.directory.map { $0 + "/objects" }
        if let directory { try Directory.create(directory) }
        let found = directory.map(Self.files) ?? []
        self.found = Mutex(found)
        // A database that is older than the files, or was cleared by an earlier version, must not make its numbers collide with theirs.
        let next = max(try Self.reserved(store), (found.max() ?? 0) + 1)
        numbers = Mutex(Numbers(next: next, end: next))
    }

    // MARK: Numbers

    package static let setting = "next object file"

    private static func reserved(_ store: Store) throws(ServiceError) -> Int64 {
        try store.read { database in
            try SettingTable(database)[setting].flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 1
        }
    }

    private static func files(_ directory: String) -> [Int64] {
        Directory.names(directory).flatMap { Directory.names("\(directory)/\($0)") }.compactMap { Int64($0) }
    }

    /// Numbers are reserved in the database before they are used, many at a time.
    private func takeNumber() throws(ServiceError) -> Int64 {
        try numbers.withLock { (numbers) throws(ServiceError) in
            if numbers.next == numbers.end {
                let end = numbers.end + Self.reservation
                if directory != nil {
                    try store.write { try SettingTable($0.database).set(Self.setting, Array(String(end).utf8)) }
                }
                numbers.end = end
            }
            defer { numbers.next += 1 }
            return numbers.next
        }
    }

    // MARK: Writing

    /// Nothing is opened and no number is taken before there are bytes to write.
    func writer() -> BlobWriter {
        BlobWriter(blobs: self)
    }

    /// A file to write to, under a new number.
    func create() throws(ServiceError) -> (number: Int64, file: OpenFile) {
        while true {
            let number = try takeNumber()
            let descriptor: Int32
            if let path = path(number) {
                try makeFolder(number)
                descriptor = openFile(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
                // Whoever made the file that is there, it is not ours to write to.
                if descriptor < 0, errno == EEXIST { continue }
            } else {
                descriptor = Self.openUnnamed()
            }
            guard descriptor >= 0 else { throw .internalFailure(FileFailure("open")) }
            return (number, OpenFile(descriptor: descriptor) { _ = close($0) })
        }
    }

    /// Takes bytes that are all at hand and few; without a data directory they stay in memory.
    func keep(_ bytes: [UInt8]) throws(ServiceError) -> Int64 {
        let number = try takeNumber()
        unnamed.withLock { $0[number] = .bytes(bytes) }
        return number
    }

    /// A file that was written under a number is complete.
    func keep(_ number: Int64, _ file: OpenFile, length: Int) throws(ServiceError) {
        guard directory != nil else {
            unnamed.withLock { $0[number] = .file(file, length: length, sealed: nil) }
            return
        }
        if let state = FileState(file.descriptor) { noteVerified(number, state) }
        guard syncs else {
            if let path = path(number) { store.delayedSync?.note(path) }
            if let directory { store.delayedSync?.note("\(directory)/\(Self.folder(number))") }
            return
        }
        guard fdatasync(file.descriptor) == 0 else { throw .internalFailure(FileFailure("fdatasync")) }
        try syncFolder(number)
    }

    var holdsSmallInMemory: Bool { directory == nil }

    /// Removes blobs that no row names any more. Those who have one open go on reading it.
    package func remove(_ numbers: [Int64]) {
        guard directory != nil else {
            unnamed.withLock { unnamed in
                for number in numbers { unnamed.removeValue(forKey: number) }
            }
            return
        }
        for number in numbers { path(number).map(Directory.removeFile) }
        verified.withLock { verified in for number in numbers { verified.removeValue(forKey: number) } }
    }

    // MARK: Reading

    /// Called inside the transaction that read the number, so that the blob cannot be removed in between.
    /// - Throws: `InternalFailure` with the file's name when it is not there, or not as long as it was.
    func open(_ number: Int64, length: Int, seal: BlobSeal) throws(ServiceError) -> Blob {
        guard let path = path(number) else {
            guard let blob = unnamed.withLock({ $0[number] }) else { throw .internalFailure(FileFailure("open", code: ENOENT)) }
            return blob
        }
        let descriptor = openFile(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw damage(number, FileFailure("open").description) }
        let file = OpenFile(descriptor: descriptor) { _ = close($0) }
        guard let state = FileState(descriptor) else { throw damage(number, FileFailure("fstat").description) }
        guard state.size == length else { throw damage(number, "has \(state.size) bytes, and \(length) were stored") }
        let isVerified = verified.withLock { $0[number] == state }
        return .file(file, length: length, sealed: isVerified ? nil : SealedBlob(blobs: self, number: number, state: state, seal: seal))
    }

    func noteVerified(_ number: Int64, _ state: FileState) {
        verified.withLock { verified in
            if verified.count >= Self.mostVerified { verified.removeAll() }
            verified[number] = state
        }
    }

    /// Says in the log what is wrong with a file.
    func damage(_ number: Int64, _ reason: String) -> ServiceError {
        let failure = StoredFileFailure(path: "objects/\(Self.folder(number))/\(number)", reason: reason, mayPass: false)
        log.error("the file of an object cannot be used", metadata: ["file": "objects/\(failure.file)", "reason": "\(reason)"])
        return .internalFailure(failure)
    }

    /// Sets aside what no row of the database names: uploads that were cut off, blobs whose objects were replaced just before the end of an
    /// earlier run, and objects of which an older database does not know.
    func setAsideUnclaimed() throws(ServiceError) {
        let found = found.withLock { numbers in
            defer { numbers = [] }
            return numbers
        }
        guard let directory = store.directory, !found.isEmpty else { return }
        let named = try store.read { database in
            try Set(database.fetchAll(Int64.self, "SELECT blob FROM object UNION ALL SELECT blob FROM part"))
        }
        do {
            try UnclaimedFiles(directory: directory, log: log).setAside(
                found.filter { !named.contains($0) }.sorted().map { "objects/\(Self.folder($0))/\($0)" }
            )
        } catch {
            throw .internalFailure(error)
        }
    }

    /// Where the bytes of a blob are.
    package enum Place {
        case file(String)
        case unnamed(OpenFile, length: Int)
        case bytes([UInt8])
    }

    /// Tells where the bytes of all blobs are that the database names, and where they stand in a data directory, from it on.
    /// - Parameter database: held by the caller, so that none of them goes meanwhile.
    package func forEachNamed(_ database: Database, _ body: (Place, _ name: String) throws -> Void) throws {
        for number in try database.fetchAll(Int64.self, "SELECT blob FROM object WHERE blob > 0 UNION SELECT blob FROM part WHERE blob > 0") {
            let name = "objects/\(Self.folder(number))/\(number)"
            if let path = path(number) {
                try body(.file(path), name)
                continue
            }
            // An object that is a mark of its deletion has no bytes.
            switch unnamed.withLock({ $0[number] }) {
            case .bytes(let bytes)?: try body(.bytes(bytes), name)
            case .file(let file, let length, _)?: try body(.unnamed(file, length: length), name)
            case nil: break
            }
        }
    }

    // MARK: Files

    package static func folder(_ number: Int64) -> String {
        Hex.text(CollectionOfOne(UInt8(truncatingIfNeeded: number)))
    }

    private func path(_ number: Int64) -> String? {
        directory.map { "\($0)/\(Self.folder(number))/\(number)" }
    }

    private func makeFolder(_ number: Int64) throws(ServiceError) {
        guard let directory, !folders.withLock({ $0.contains(UInt8(truncatingIfNeeded: number)) }) else { return }
        do {
            try Directory.create("\(directory)/\(Self.folder(number))")
        } catch {
            throw .internalFailure(error)
        }
        if syncs { try sync(directory: directory) } else { store.delayedSync?.note(directory) }
        folders.withLock { _ = $0.insert(UInt8(truncatingIfNeeded: number)) }
    }

    private func syncFolder(_ number: Int64) throws(ServiceError) {
        guard let directory else { return }
        try sync(directory: "\(directory)/\(Self.folder(number))")
    }

    private func sync(directory path: String) throws(ServiceError) {
        do {
            try FileSync.sync(path)
        } catch {
            throw .internalFailure(error)
        }
    }

    /// A file in the temporary directory that has no name, or has lost it before anything is written.
    private static func openUnnamed() -> Int32 {
        let directory = TemporaryDirectory.path
        #if canImport(Glibc)
            // O_TMPFILE, which the C library defines by an expression.
            let descriptor = openFile(directory, 0o20_000_000 | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0o600)
            if descriptor >= 0 { return descriptor }
        #endif
        var template = Array("\(directory)/personalite-XXXXXX".utf8CString)
        let named = mkstemp(&template)
        if named >= 0 { unlink(template) }
        return named
    }
}

/// The name `open` belongs to methods here.
private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
    open(path, flags, mode)
}
