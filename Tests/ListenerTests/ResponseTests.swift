import Testing
import Wire

@testable import personalite

struct ResponseTests {
    private func answer(_ response: WireResponse, to method: String = "GET") async throws -> (RawClient.Answer, isKept: Bool) {
        let result = Box<(RawClient.Answer, isKept: Bool)?>(nil)
        let responder = TestResponder { request, reply in reply(request.path == "/again" ? .text("again") : response) }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("\(method) / HTTP/1.1\r\nHost: a\r\n\r\nGET /again HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.read(toHead: method == "HEAD" || response.status == 304)
            let isKept = try answer["connection"] == nil && client.read().text == "again"
            result.change { $0 = (answer, isKept) }
        }
        return try #require(result.value)
    }

    @Test func `headers go out in order, with length and date, and no word about the software`() async throws {
        let (answer, isKept) = try await answer(
            WireResponse(status: 201, headers: [(name: "b", value: "1"), (name: "a", value: "2")], body: .bytes([0x78]))
        )
        #expect(answer.status == 201)
        #expect(answer.headers.map(\.name) == ["b", "a", "content-length", "date"])
        #expect(answer["content-length"] == "1")
        #expect(isKept)
    }

    @Test func `the answer to HEAD has the length and not the bytes`() async throws {
        for body in [WireResponse.Body.bytes([1, 2, 3]), .head(length: 3)] {
            let (answer, isKept) = try await answer(WireResponse(status: 200, body: body), to: "HEAD")
            #expect(answer["content-length"] == "3")
            #expect(isKept)
        }
    }

    @Test(arguments: [204, 304]) func `an answer that cannot have a body says no length`(status: Int) async throws {
        let (answer, isKept) = try await answer(WireResponse(status: status))
        #expect(answer["content-length"] == nil)
        #expect(isKept)
    }

    @Test func `a length without bytes, where bytes were due, ends the connection`() async throws {
        let responder = TestResponder { _, reply in reply(WireResponse(status: 200, body: .head(length: 3))) }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readAll().contains("connection: close\r\n\r\n"))
        }
    }

    @Test func `a header value cannot end its own line`() async throws {
        let (answer, isKept) = try await answer(WireResponse(status: 200, headers: [(name: "x", value: "a\r\nset-cookie: b\0c\td")]))
        #expect(answer["x"] == "a  set-cookie: b c\td")
        #expect(answer["set-cookie"] == nil)
        #expect(isKept)
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    ])
    func `dates are written as the web writes them`(second: Int, text: String) {
        #expect(HTTPDate.text(second) == text)
    }
}
