import Glibc

/// Gives the code and constants that only start-up needed back to the page cache.
///
/// Loading, metadata registration and migrations touch most of the program and its libraries once, and the kernel maps sixteen pages around each
/// touch. Such pages are clean and their file's own, so letting go of them costs nothing but a minor fault for each that is used again.
enum StartupPages {
    static func release() {
        guard let maps = fopen("/proc/self/maps", "r") else { return }
        defer { fclose(maps) }
        var scan = Scan()
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0, let line {
            for clean in scan.take(String(cString: line)) {
                madvise(UnsafeMutableRawPointer(bitPattern: clean.start), Int(clean.end - clean.start), MADV_DONTNEED)
            }
        }
    }

    /// Addresses from `start` to before `end`. An array of `Range` would make the runtime look its bound up among all conformances of the program.
    struct Mapping: Equatable {
        var start: UInt
        var end: UInt
    }

    /// Finds in `/proc/self/maps`, line by line, the code of each file and what stands before it.
    ///
    /// Nobody writes there. What is relocated when a program is loaded may be mapped for reading alone afterwards, and would be lost, but it is in the
    /// file's writable segments, which linkers put behind the code.
    struct Scan {
        private var file: Substring = ""
        private var beforeCode: [Mapping] = []
        private var isPastCode = false

        /// - Returns: the addresses of mappings whose pages are as the file has them.
        mutating func take(_ line: String) -> [Mapping] {
            // `low-high r-xp offset device inode path`
            let fields = line.utf8.split(maxSplits: 5) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map { Substring($0) }
            let path = fields.count == 6 ? fields[5].drop { $0 == " " } : ""
            if path != file { (file, beforeCode, isPastCode) = (path, [], false) }
            guard path.hasPrefix("/"), !isPastCode, let addresses = Self.addresses(fields[0]) else { return [] }
            switch fields[1] {
            case "r--p":
                beforeCode.append(addresses)
                return []
            case "r-xp":
                isPastCode = true
                return beforeCode + [addresses]
            default:
                isPastCode = true
                return []
            }
        }

        private static func addresses(_ field: Substring) -> Mapping? {
            let ends = field.split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard ends.count == 2, ends[0] < ends[1] else { return nil }
            return Mapping(start: ends[0], end: ends[1])
        }
    }
}
