import Glibc
import NIOHTTP1
import Testing
import Wire

@testable import personalite

/// A file whose bytes are not those that were promised: the answer ends short of its length, and at once.
@Suite(.timeLimit(.minutes(1)))
struct DamagedFileTests {
    private static let length = 600_000

    /// Passes everything up to its last bytes.
    private struct Refusing: FileCheck {
        let refuses: Bool

        func passes(_ bytes: UnsafeRawBufferPointer, isLast: Bool) -> Bool { !(isLast && refuses) }
    }

    private static func file(_ count: Int, check: (any FileCheck)? = nil) -> OpenFile {
        var template = Array("/tmp/listener-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        unlink(template)
        ftruncate(descriptor, count)
        return OpenFile(descriptor: descriptor, check: check) { _ = close($0) }
    }

    @Test(arguments: Way.allCases, [(count: 100_000, refuses: nil), (count: 600_000, refuses: true)] as [(count: Int, refuses: Bool?)])
    func `an answer that cannot be kept is broken off`(way: Way, fault: (count: Int, refuses: Bool?)) async throws {
        let responder = TestResponder { _, reply in
            let file = Self.file(fault.count, check: fault.refuses.map { Refusing(refuses: $0) })
            reply(WireResponse(status: 200, body: .file(file, offset: 0, length: Self.length)))
        }
        try await withEveryListener(responder) { listener in
            let client = try await ListenerClient.connect(way, listener)
            await #expect(throws: (any Error).self) { try await client.ask(.GET, "/") }
            client.close()
        }
    }

    @Test(arguments: Way.allCases) func `a file that passes is sent whole`(way: Way) async throws {
        let responder = TestResponder { _, reply in
            reply(WireResponse(status: 200, body: .file(Self.file(Self.length, check: Refusing(refuses: false)), offset: 0, length: Self.length)))
        }
        try await withEveryListener(responder) { listener in
            let client = try await ListenerClient.connect(way, listener)
            #expect(try await client.ask(.GET, "/").body == [UInt8](repeating: 0, count: Self.length))
            client.close()
        }
    }
}
