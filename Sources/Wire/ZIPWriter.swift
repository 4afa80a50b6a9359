/// Archives of a few small files, not packed: what becomes of code that stands in a template as text.
package enum ZIPWriter {
    /// - Parameter files: names of ASCII; all together less than 4 GiB.
    package static func archive(_ files: [(name: String, contents: [UInt8])]) -> [UInt8] {
        var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
        for (name, contents) in files {
            let place = bytes.count
            let checksum = Checksum.value(.crc32, of: contents).reduce(0) { $0 << 8 | Int($1) }
            // Version 2.0, no flags, stored, 1 January 1980 at midnight: the same text is the same archive.
            var common = short(20) + short(0) + short(0) + short(0) + short(0x21)
            common += long(checksum) + long(contents.count) + long(contents.count) + short(name.utf8.count) + short(0)
            bytes += long(0x0403_4b50) + common + Array(name.utf8) + contents
            // Made by Unix, a file that everybody may read.
            directory += long(0x0201_4b50) + short(3 << 8 | 20) + common + short(0) + short(0) + short(0) + long(0o100644 << 16) + long(place)
            directory += Array(name.utf8)
        }
        let end = short(0) + short(0) + short(files.count) + short(files.count) + long(directory.count) + long(bytes.count) + short(0)
        return bytes + directory + long(0x0605_4b50) + end
    }

    private static func short(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)] }
    private static func long(_ value: Int) -> [UInt8] { short(value) + short(value >> 16) }
}
