import Testing

@testable import personalite

@Suite struct StartupPagesTests {
    private func found(_ lines: [String]) -> [StartupPages.Mapping] {
        var scan = StartupPages.Scan()
        return lines.flatMap { scan.take($0 + "\n") }
    }

    @Test func `code and the constants before it are let go of`() {
        let maps = [
            "558c5b5d2000-558c5b5d8000 r--p 00000000 fe:00 131                        /usr/bin/personalite",
            "558c5b5d8000-558c5cdac000 r-xp 00006000 fe:00 131                        /usr/bin/personalite",
            "7f0000001000-7f0000002000 r-xp 00000000 fe:00 7                          /usr/lib/a library.so.6",
        ]
        let code: [Range<UInt>] = [0x558c_5b5d_2000..<0x558c_5b5d_8000, 0x558c_5b5d_8000..<0x558c_5cda_c000, 0x7f00_0000_1000..<0x7f00_0000_2000]
        #expect(found(maps) == code.map { StartupPages.Mapping(start: $0.lowerBound, end: $0.upperBound) })
    }

    @Test func `relocated constants, data and what is no file's stay`() {
        let code = "558c5b5d8000-558c5cdac000 r-xp 00006000 fe:00 131 /usr/bin/personalite"
        for line in [
            "558c5cdac000-558c5cdad000 r--p 0180a000 fe:00 131 /usr/bin/personalite",
            "558c5cdad000-558c5cdae000 rw-p 0180b000 fe:00 131 /usr/bin/personalite",
            "558c5cdae000-558c5cdaf000 r-xp 0180c000 fe:00 131 /usr/bin/personalite",
        ] {
            #expect(found([code, line]).count == 1, "\(line)")
        }
        for line in [
            "7ffd1000-7ffd2000 r-xp 00000000 00:00 0                                  [vdso]", "7ffd1000-7ffd2000 r-xp 00000000 00:00 0 ",
            "558c5b5d2000-558c5cdac000 r--s 005d2000 fe:00 131 /usr/share/shared",
            "558c5b5d2000-558c5cdac000 r--p 005d2000 fe:00 131 /usr/share/data",
            "nonsense", "", "1-2", "2-1 r-xp 0 0 0 /a",
        ] {
            #expect(found([line]).isEmpty, "\(line)")
        }
        // What was written to before the code, by whoever made the file.
        let written = "558c5b5d2000-558c5b5d8000 rw-p 00000000 fe:00 131 /usr/bin/personalite"
        #expect(found([written, code]).isEmpty)
    }
}
