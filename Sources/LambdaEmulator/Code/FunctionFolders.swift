import ServiceKit
import Synchronization
import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The files that functions run from and write to: a folder of the system's temporary one, outside the data directory, made with the first invocation and
/// removed at the end. What servers that were killed left there is removed by the next one that makes its own.
final class FunctionFolders: Sendable {
    private struct State {
        var root: String?
        /// Deployment packages by their ids, and which each process runs from.
        var code = Unpacked()
        /// Layers by the ids of all archives that are in a folder.
        var layers = Unpacked()
        /// Packages that go with the last process that runs from them.
        var doomed: Set<String> = []
    }

    /// Folders by what is in them, and which of them each process uses.
    private struct Unpacked {
        var folders: [String: String] = [:]
        private var users: [Int: String] = [:]

        /// - Returns: nil when it is not unpacked.
        mutating func use(_ key: String, by number: Int) -> String? {
            guard let folder = folders[key] else { return nil }
            users[number] = key
            return folder
        }

        mutating func add(_ folder: String, _ key: String, usedBy number: Int) {
            (folders[key], users[number]) = (folder, key)
        }

        func isUsed(_ key: String) -> Bool { users.values.contains(key) }

        /// A process is gone.
        /// - Returns: what it used, when nobody else does.
        mutating func leave(_ number: Int) -> String? {
            guard let key = users.removeValue(forKey: number), !isUsed(key) else { return nil }
            return key
        }
    }

    private let state = Mutex(State())
    private let unpacking = Mutex(())
    private static let prefix = "personalite-functions-"

    // MARK: Deployment packages

    /// The folder of a deployment package, unpacked when it is not yet.
    /// - Parameters:
    ///   - number: of the process that is to run from it; the folder stays until `removeScratch` is told that it is gone.
    ///   - package: reads the archive.
    func code(_ id: String, for number: Int, _ package: () throws -> [UInt8]) throws -> String {
        try folder(\.code, id, for: number, named: "code-\(id)") { try Self.unpack(try ZIPArchive(package()), to: $0) }
    }

    /// - Parameter fill: has the files made in a new folder.
    private func folder(
        _ kind: any WritableKeyPath<State, Unpacked> & Sendable,
        _ key: String,
        for number: Int,
        named name: String,
        _ fill: (String) throws -> Void
    ) throws -> String {
        func known() -> String? { state.withLock { $0[keyPath: kind].use(key, by: number) } }
        if let folder = known() { return folder }
        // One after the other, and without keeping anybody else from the folders.
        return try unpacking.withLock { _ in
            if let folder = known() { return folder }
            let folder = "\(try state.withLock { try Self.root(&$0) })/\(name)"
            do {
                try Directory.create(folder)
                try fill(folder)
            } catch {
                Self.removeTree(folder)
                throw error
            }
            state.withLock { $0[keyPath: kind].add(folder, key, usedBy: number) }
            return folder
        }
    }

    /// No process is going to be started from a package any more; those that run from it finish what they have in hand.
    func forget(_ id: String) {
        let folder = state.withLock { state -> String? in
            guard state.code.isUsed(id) else { return state.code.folders.removeValue(forKey: id) }
            state.doomed.insert(id)
            return nil
        }
        if let folder { Self.removeTree(folder) }
    }

    // MARK: Layers

    /// A folder with the files of several archives, each over those before it. It goes with the last process that uses it.
    /// - Parameter archive: reads one by its id.
    func layers(_ ids: [String], for number: Int, _ archive: (String) throws -> [UInt8]) throws -> String {
        // One that is being removed may still be there under another number.
        try folder(\.layers, ids.joined(separator: "+"), for: number, named: "layers-\(number)") { folder in
            for id in ids { try Self.unpack(try ZIPArchive(archive(id)), to: folder, replaces: true) }
        }
    }

    /// Only new files are made, and there are no links in the way, for the folder is new and archives have none.
    /// - Parameter replaces: that what is there of another archive gives way.
    private static func unpack(_ archive: ZIPArchive, to folder: String, replaces: Bool = false) throws {
        for entry in archive.entries {
            let path = "\(folder)/\(entry.path)"
            let parent = entry.isFolder ? entry.path[...] : entry.path[..<(entry.path.lastIndex(of: "/") ?? entry.path.startIndex)]
            var made = folder
            for part in parent.split(separator: "/") {
                made += "/\(part)"
                if replaces, !isFolder(made) { removeTree(made) }
                guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw failure(made) }
            }
            if entry.isFolder { continue }
            if replaces { removeTree(path) }
            try write(try archive.contents(entry), to: path, mode: entry.isExecutable ? 0o555 : 0o444)
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure(path) }
            rest = rest.dropFirst(count)
        }
    }

    // MARK: Folders of processes

    /// A new folder for what a process writes.
    func makeScratch(_ number: Int) throws -> String {
        let folder = "\(try state.withLock { try Self.root(&$0) })/tmp-\(number)"
        try Directory.create(folder)
        return folder
    }

    /// A process is gone, and with it the package that it was the last to run from.
    func removeScratch(_ number: Int) {
        let (root, folders) = state.withLock { state -> (String?, [String]) in
            var unused: [String?] = []
            if let key = state.layers.leave(number) { unused.append(state.layers.folders.removeValue(forKey: key)) }
            if let id = state.code.leave(number), state.doomed.remove(id) != nil { unused.append(state.code.folders.removeValue(forKey: id)) }
            return (state.root, unused.compactMap(\.self))
        }
        for folder in folders { Self.removeTree(folder) }
        if let root { Self.removeTree("\(root)/tmp-\(number)") }
    }

    /// A file of ours that processes read.
    func file(_ name: String, _ contents: [UInt8]) throws -> String {
        let path = "\(try state.withLock { try Self.root(&$0) })/\(name)"
        return try unpacking.withLock { _ in
            if !Directory.exists(path) { try Self.write(contents, to: path, mode: 0o444) }
            return path
        }
    }

    func removeAll() {
        let root = state.withLock { state in
            defer { state = State() }
            return state.root
        }
        if let root { Self.removeTree(root) }
    }

    // MARK: The root

    private static func root(_ state: inout State) throws -> String {
        if let root = state.root { return root }
        removeLeftovers()
        var template = Array("\(TemporaryDirectory.path)/\(prefix)\(getpid())-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template).map({ String(cString: $0) }) else { throw failure(TemporaryDirectory.path) }
        // Functions see their own path in errors; a link in it would show two.
        let resolved = realpath(made, nil).map { pointer in
            defer { free(pointer) }
            return String(cString: pointer)
        }
        let root = resolved ?? made
        state.root = root
        return root
    }

    private static func removeLeftovers() {
        for name in Directory.names(TemporaryDirectory.path) where name.hasPrefix(prefix) {
            let path = "\(TemporaryDirectory.path)/\(name)"
            var status = stat()
            guard let pid = name.dropFirst(prefix.count).split(separator: "-").first.flatMap({ pid_t($0) }), kill(pid, 0) != 0, errno == ESRCH,
                lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid()
            else { continue }
            removeTree(path)
        }
    }

    /// Removes a folder with all that is in it; links are removed and not followed.
    private static func removeTree(_ path: String, depth: Int = 0) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        guard depth < 200 else { return }
        chmod(path, 0o700)
        for name in Directory.names(path) { removeTree("\(path)/\(name)", depth: depth + 1) }
        rmdir(path)
    }

    private static func failure(_ path: String) -> Directory.Failure {
        Directory.Failure(path: path, reason: String(cString: strerror(errno)))
    }
}

/// The name `write` belongs to a function of `FunctionFolders`.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
