import Testing
import Wire

/// The URL of a new object in the answers that have one.
@Suite struct ObjectLocationTests {
    /// Some clients send the endpoint's whole URL as the Host header.
    @Test(arguments: ["localhost:4590", "http://localhost:4590"])
    func `a form is told where its object is, however the host is written`(host: String) throws {
        let harness = try EmulatorHarness()
        #expect(harness.converse(WireRequest(method: "PUT", path: "/shop", headers: ["host": "localhost"])).status == 200)
        let form =
            ["key\"\r\n\r\na b.txt", "file\"; filename=\"x\"\r\n\r\ntext"]
            .map { "--edge\r\nContent-Disposition: form-data; name=\"\($0)\r\n" }.joined() + "--edge--\r\n"
        let headers = [
            ("host", host), ("content-type", "multipart/form-data; boundary=edge"), ("content-length", String(form.utf8.count)),
        ]
        let answer = harness.converse(WireRequest(method: "POST", path: "/shop", headers: WireHeaders(headers), body: Array(form.utf8)))
        #expect(answer.status == 204)
        #expect(answer.header("location") == "http://localhost:4590/shop/a%20b.txt")
    }
}
