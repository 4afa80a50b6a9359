import Testing

@testable import personalite

@Suite struct StartupPagesTests {
    @Test("only the program's own code is let go of")
    func codeOfTheProgram() {
        let code = "558c5b5d2000-558c5cdac000 r-xp 005d2000 fe:00 131 /usr/bin/personalite\n"
        #expect(StartupPages.codeRange(code, of: "/usr/bin/personalite") == 0x558c_5b5d_2000..<0x558c_5cda_c000)
        #expect(StartupPages.codeRange(code, of: "/usr/bin/other") == nil)
        #expect(StartupPages.codeRange("558c5b5d2000-558c5cdac000 rw-p 005d2000 fe:00 131 /usr/bin/personalite\n", of: "/usr/bin/personalite") == nil)
        #expect(StartupPages.codeRange("7ffd1000-7ffd2000 r-xp 00000000 00:00 0 [vdso]\n", of: "/usr/bin/personalite") == nil)
    }
}
