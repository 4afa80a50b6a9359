#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files of a data directory that a process which was killed has perhaps left with the operating system only.
///
/// Under `--sync interval` files reach the disk a second after they were written, at the latest. So what may be missing was written shortly before
/// the end of the process, and that was no earlier than the newest change of any file.
enum UnsyncedFiles {
    /// Seconds before the newest change: a second is the promise, the others are for a busy machine.
    private static let reach = 60

    private struct Found {
        var path: String
        var folder: String
        /// Epoch seconds.
        var changed: Int
    }

    /// - Returns: the files, and the folders they are in, each once.
    static func paths(_ directory: String) -> [String] {
        var files: [Found] = []
        for name in ["personalite.sqlite", "personalite.sqlite-wal"] { add(name, in: directory, to: &files) }
        for folder in ["models", "datasets"].map({ "\(directory)/\($0)" }) {
            for name in Directory.names(folder) { add(name, in: folder, to: &files) }
        }
        let objects = "\(directory)/objects"
        for folder in Directory.names(objects).map({ "\(objects)/\($0)" }) {
            for name in Directory.names(folder) { add(name, in: folder, to: &files) }
        }
        let newest = files.map(\.changed).max() ?? 0
        let young = files.filter { $0.changed >= newest - reach }
        var folders = Set(young.map(\.folder))
        if folders.contains(where: { $0.hasPrefix(objects) }) { folders.insert(objects) }
        return young.map(\.path) + folders.sorted()
    }

    private static func add(_ name: String, in folder: String, to files: inout [Found]) {
        guard let state = FileState(path: "\(folder)/\(name)") else { return }
        files.append(Found(path: "\(folder)/\(name)", folder: folder, changed: state.seconds))
    }
}
