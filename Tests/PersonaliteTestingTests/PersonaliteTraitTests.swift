import Glibc
import PersonaliteTesting
import Testing

/// The program that was built beside the tests, or the one that `PERSONALITE_BINARY` names.
let binary: String = {
    if let named = getenv("PERSONALITE_BINARY") { return String(cString: named) }
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count)
    let own = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return own[..<(own.lastIndex(of: "/") ?? own.startIndex)] + "/personalite"
}()

/// The status and the body of an answer; nil where nobody listens.
private func ask(_ method: String, _ endpoint: String, _ path: String) throws -> (status: Int, body: String)? {
    let port = try #require(UInt16(endpoint.split(separator: ":").last ?? ""))
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let isOpen = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
    }
    guard isOpen else { return nil }
    let request = Array("\(method) \(path) HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".utf8)
    try #require(send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count)
    var (all, piece) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
    while true {
        let count = recv(socket, &piece, piece.count, 0)
        guard count > 0 else { break }
        all += piece[..<count]
    }
    let text = String(decoding: all, as: UTF8.self)
    return (try #require(Int(text.split(separator: " ").dropFirst().first ?? "")), text)
}

@Suite(.serialized, .personalite(binary: binary))
struct PersonaliteTraitTests {
    private static let first = PersonaliteServer.current

    @Test func `the tests of a suite have the server of the suite`() throws {
        let server = try #require(PersonaliteServer.current)
        let ready = try #require(try ask("GET", server.endpoint, "/_personalite/ready"))
        #expect(ready.status == 200)
        #expect((server.accessKeyID, server.secretAccessKey, server.region) == ("test", "test", "us-east-1"))
        #expect(server.environment["AWS_ENDPOINT_URL"] == server.endpoint)
        #expect(Self.first == server)
    }

    @Test func `and no other one`() throws {
        #expect(Self.first == PersonaliteServer.current)
    }

    @Test(.personalite(binary: binary, options: ["--region", "eu-west-1"]))
    func `a test has one of its own, with its options`() throws {
        let server = try #require(PersonaliteServer.current)
        #expect(server.region == "eu-west-1")
        #expect(server != Self.first)
        #expect(try ask("GET", server.endpoint, "/_personalite/ready")?.status == 200)
    }
}

struct PersonaliteScopeTests {
    private struct Planned: Error {}

    private func scope(_ trait: PersonaliteTrait, _ body: @concurrent @Sendable () async throws -> Void) async throws {
        try await trait.provideScope(for: try #require(Test.current), testCase: nil, performing: body)
    }

    @Test func `the server ends with what it was started for, and what was thrown there goes on`() async throws {
        #expect(PersonaliteServer.current == nil)
        let used = Used()
        await #expect(throws: Planned.self) {
            try await scope(.personalite(binary: binary)) {
                let endpoint = try #require(PersonaliteServer.current?.endpoint)
                try #require(try ask("GET", endpoint, "/_personalite/health")?.status == 200)
                await used.note(endpoint)
                throw Planned()
            }
        }
        let endpoint = try #require(await used.endpoint)
        #expect(try ask("GET", endpoint, "/_personalite/health") == nil)
        #expect(PersonaliteServer.current == nil)
    }

    @Test func `what cannot be started says why`() async throws {
        await #expect { try await scope(.personalite(binary: "/nowhere/personalite")) {} } throws: { error in
            "\(error)".contains("/nowhere/personalite cannot be started: No such file") && "\(error)".contains("PERSONALITE_BINARY")
        }
        await #expect { try await scope(.personalite(binary: binary, options: ["--no-such-option"])) {} } throws: { error in
            "\(error)".contains("run --no-such-option ended without a server")
        }
    }

    private actor Used {
        var endpoint: String?

        func note(_ endpoint: String) { self.endpoint = endpoint }
    }
}
