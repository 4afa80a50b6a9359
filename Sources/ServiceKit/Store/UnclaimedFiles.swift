package import Logging

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files of a data directory that its database does not name. The database may be older than they are (a copy that was put back, a loss of
/// power that took its last transactions), so they are moved to the folder `set-aside`, from where they can be had again.
package struct UnclaimedFiles: Sendable {
    package static let folder = "set-aside"

    private let directory: String
    private let log: Logger?

    /// - Parameter directory: the data directory.
    package init(directory: String, log: Logger?) {
        self.directory = directory
        self.log = log
    }

    /// Moves files, named from the data directory on, and says so in one line of the log.
    package func setAside(_ files: [String]) throws(Directory.Failure) {
        guard let first = files.first else { return }
        for file in files {
            let parent = file.split(separator: "/").dropLast().joined(separator: "/")
            try Directory.create("\(directory)/\(Self.folder)/\(parent)")
            let target = Directory.freeName("\(directory)/\(Self.folder)/\(file)")
            // One that is gone was removed in the meantime, by whom it belonged to.
            guard rename("\(directory)/\(file)", target) == 0 || errno == ENOENT else {
                throw Directory.Failure(path: "\(directory)/\(file)", reason: String(cString: strerror(errno)))
            }
        }
        log?.warning(
            "files that the database does not name were set aside; remove them when nothing is missed",
            metadata: ["count": "\(files.count)", "first": "\(first)", "folder": "\(directory)/\(Self.folder)"]
        )
    }
}
