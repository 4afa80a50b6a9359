import Testing

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

struct LoopbackTests {
    @Test(arguments: [
        ("localhost", true), ("LocalHost:4566", true), ("127.0.0.1", true), ("127.1.2.3:80", true), ("[::1]", true), ("[::1]:4566", true),
        ("::1", false), ("127.0.0.1.evil.example", false), ("127.0.0.256", false), ("localhost.evil.example", false), ("10.0.0.1", false),
        ("localhost:1:2", false), ("", false),
    ])
    func `a Host is this machine's or not`(authority: String, isLoopback: Bool) {
        #expect(Loopback.isName(authority: authority) == isLoopback)
    }

    @Test(arguments: [("localhost", true), ("::1", true), ("127.0.0.9", true), ("0.0.0.0", false), ("192.168.1.2", false), ("::", false)])
    func `an address to listen on is this machine's alone or not`(host: String, isLoopback: Bool) {
        #expect(Loopback.isAddress(host) == isLoopback)
    }
}
