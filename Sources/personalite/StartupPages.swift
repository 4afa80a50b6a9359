import Glibc

/// Gives the code that only start-up needed back to the page cache.
///
/// Option parsing, metadata registration and migrations touch most of the program once, and the kernel maps sixteen pages around each
/// touch. Such pages are clean and the file's own, so letting go of them costs nothing but a minor fault for each that is used again.
enum StartupPages {
    static func release() {
        guard let program = realpath("/proc/self/exe", nil), let maps = fopen("/proc/self/maps", "r") else { return }
        defer {
            free(program)
            fclose(maps)
        }
        let path = String(cString: program)
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0, let line {
            guard let code = codeRange(String(cString: line), of: path) else { continue }
            madvise(UnsafeMutableRawPointer(bitPattern: code.lowerBound), code.count, MADV_DONTNEED)
        }
    }

    /// The addresses of one line of `maps`, when it is read-only code of `path`: `low-high r-xp offset device inode path`.
    static func codeRange(_ line: String, of path: String) -> Range<UInt>? {
        let fields = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard fields.count == 6, fields[1] == "r-xp", fields[5] == path else { return nil }
        let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard ends.count == 2, ends[0] < ends[1] else { return nil }
        return ends[0]..<ends[1]
    }
}
