import Testing

@testable import personalite

@Suite struct ProcessArgumentsTests {
    @Test func `arguments are what stands between zeros, behind the program's name`() {
        #expect(ProcessArguments.arguments(Array("personalite\0serve\0--port\0\0ü\0".utf8)) == ["serve", "--port", "", "ü"])
        #expect(ProcessArguments.arguments(Array("personalite\0".utf8)) == [])
        #expect(ProcessArguments.arguments([]) == nil)
    }

    @Test func `the kernel tells this process's own`() throws {
        #expect(try #require(ProcessArguments.read()) == Array(CommandLine.arguments.dropFirst()))
    }
}
