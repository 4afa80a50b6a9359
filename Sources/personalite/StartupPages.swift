import Glibc

/// Gives the code and constants that only start-up needed back to the page cache.
///
/// Loading, metadata registration and migrations touch most of the program and its libraries once, and the kernel maps sixteen pages around each
/// touch. Such pages are clean and their file's own, so letting go of them costs nothing but a minor fault for each that is used again.
enum StartupPages {
    static func release() {
        guard let maps = fopen("/proc/self/smaps", "r") else { return }
        defer { fclose(maps) }
        var scan = Scan()
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0, let line {
            guard let clean = scan.take(String(cString: line)) else { continue }
            madvise(UnsafeMutableRawPointer(bitPattern: clean.lowerBound), clean.count, MADV_DONTNEED)
        }
    }

    /// Finds in `smaps`, line by line, the mappings of files that nobody can write to and that hold nothing but what the file has.
    struct Scan {
        private var candidate: Range<UInt>?

        /// - Returns: the addresses of a mapping, with the last line of its entry.
        mutating func take(_ line: String) -> Range<UInt>? {
            // Most lines are figures of a mapping, and most mappings are none that is looked for: they need not be read apart.
            guard let initial = line.utf8.first, Self.beginsMapping(initial) || (candidate != nil && "ASLV".utf8.contains(initial)) else {
                return nil
            }
            let fields = line.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map { Substring($0) }
            guard let first = fields.first, first.hasSuffix(":") else {
                candidate = Self.file(fields)
                return nil
            }
            switch first {
            // Relocated constants are copies, in memory or swapped out: they would be lost.
            case "Anonymous:", "Swap:", "Locked:": if fields.dropFirst().first != "0" { candidate = nil }
            case "VmFlags:":
                defer { candidate = nil }
                return candidate
            default: break
            }
            return nil
        }

        /// Addresses are in small letters, and the names of figures begin with a capital one.
        private static func beginsMapping(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }

        /// The addresses of an entry's first line, `low-high r-xp offset device inode path`.
        private static func file(_ fields: [Substring]) -> Range<UInt>? {
            guard fields.count == 6, ["r-xp", "r--p"].contains(fields[1]), fields[5].hasPrefix("/") else { return nil }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard ends.count == 2, ends[0] < ends[1] else { return nil }
            return ends[0]..<ends[1]
        }
    }
}
