import Glibc

extension ServeOptions {
    /// Where snapshots are: as asked for, else in the user's data folder (XDG Base Directory Specification 0.8).
    var snapshotFolder: String {
        if let snapshots { return snapshots }
        let home = PrintEnvironment.variable("HOME") ?? "/tmp/personalite-\(getuid())"
        // A path there that is relative has to be ignored.
        let data = PrintEnvironment.variable("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "\(home)/.local/share"
        return "\(data)/personalite/snapshots"
    }
}
