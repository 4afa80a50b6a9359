import NIOHTTP1
import Testing
import Wire

@testable import personalite

@Suite struct PeerAddressTests {
    @Test(arguments: [
        ("127.0.0.1", false), ("127.9.8.7", false), ("::1", false), ("::ffff:127.0.0.1", false), ("192.0.2.1", true), ("10.0.0.127", true),
        ("::ffff:192.0.2.1", true), ("::", true), ("0.0.0.0", true), ("2001:db8::1", true), ("::127.0.0.1", true),
    ])
    func `whatever is not loopback is another machine`(address: String, isOther: Bool) {
        #expect(PeerAddress.isOfAnotherMachine(address) == isOther)
    }

    @Test(arguments: Way.allCases)
    func `the listener says of each request where it came from`(way: Way) async throws {
        let responder = TestResponder { request, reply in reply(.text("another machine: \(request.isFromAnotherMachine)")) }
        try await withEveryListener(responder) { listener in
            let client = try await ListenerClient.connect(way, listener)
            #expect(try await client.ask(.GET, "/").text == "another machine: false")
            client.close()
        }
    }
}
