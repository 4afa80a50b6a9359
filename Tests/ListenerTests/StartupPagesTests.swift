import Testing

@testable import personalite

@Suite struct StartupPagesTests {
    private static let code = "558c5b5d2000-558c5cdac000 r-xp 005d2000 fe:00 131 /usr/bin/personalite\n"

    private func found(_ entry: [String]) -> [Range<UInt>] {
        var scan = StartupPages.Scan()
        return entry.compactMap { scan.take($0) }
    }

    private func entry(_ head: String, anonymous: Int = 0, swap: Int = 0, locked: Int = 0) -> [String] {
        [
            head, "Size:              24424 kB\n", "Rss:                7040 kB\n", "Anonymous:     \(anonymous) kB\n", "Swap:     \(swap) kB\n",
            "Locked:     \(locked) kB\n", "VmFlags: rd ex mr mw me\n",
        ]
    }

    @Test func `clean pages of files are let go of`() {
        let library = "7f0000001000-7f0000002000 r--p 00000000 fe:00 7 /usr/lib/libc.so.6\n"
        #expect(found(entry(Self.code) + entry(library)) == [0x558c_5b5d_2000..<0x558c_5cda_c000, 0x7f00_0000_1000..<0x7f00_0000_2000])
    }

    @Test func `what differs from its file, or is no file's, stays`() {
        #expect(found(entry(Self.code, anonymous: 4)).isEmpty)
        #expect(found(entry(Self.code, swap: 4)).isEmpty)
        #expect(found(entry(Self.code, locked: 4)).isEmpty)
        for head in [
            "558c5b5d2000-558c5cdac000 rw-p 005d2000 fe:00 131 /usr/bin/personalite\n", "7ffd1000-7ffd2000 r-xp 00000000 00:00 0 [vdso]\n",
            "7ffd1000-7ffd2000 r--p 00000000 00:00 0 \n", "558c5b5d2000-558c5cdac000 r--s 005d2000 fe:00 131 /usr/share/shared\n",
        ] {
            #expect(found(entry(head)).isEmpty, "\(head)")
        }
    }
}
