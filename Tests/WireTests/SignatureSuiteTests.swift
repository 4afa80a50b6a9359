import Foundation
import Testing

@testable import Wire

/// AWS's signature vectors as botocore's source distribution carries them; `PERSONALITE_SIGV4_SUITE` names the directory.
@Suite struct SignatureSuiteTests {
    static let variable = "PERSONALITE_SIGV4_SUITE"

    /// One `name.req` and its siblings.
    struct Vector: CustomTestStringConvertible, Sendable {
        var stem: URL
        var testDescription: String { stem.lastPathComponent }

        func text(_ kind: String) throws -> String {
            // The distribution ends lines either way; what is signed has line feeds.
            try String(contentsOf: stem.appendingPathExtension(kind), encoding: .utf8).replacing("\r\n", with: "\n")
        }
    }

    static let vectors: [Vector] = {
        guard let directory = ProcessInfo.processInfo.environment[variable] else { return [] }
        let files = FileManager.default.enumerator(at: URL(fileURLWithPath: directory), includingPropertiesForKeys: nil)
        let requests = (files?.allObjects ?? []).compactMap { $0 as? URL }.filter { $0.pathExtension == "req" }
        return requests.map { Vector(stem: $0.deletingPathExtension()) }.sorted { $0.testDescription < $1.testDescription }
    }()

    @Test func `the suite is at hand and whole`() {
        #expect(
            Self.vectors.count >= 34,
            """
            \(Self.variable) must name a directory below which botocore's aws4_testsuite lies (34 *.req files or more); found \
            \(Self.vectors.count). `make test` fetches it; by hand: pip download --no-deps --no-binary :all: botocore
            """
        )
    }

    @Test(arguments: vectors) func `a vector's request is canonicalised, signed and verified as AWS does`(_ vector: Vector) throws {
        var request = try Self.request(vector.text("req"))
        let expected = try vector.text("creq")
        if let line = expected.split(separator: "\n").first(where: { $0.hasPrefix("x-amz-security-token:") }),
            request.headers["x-amz-security-token"] == nil
        {
            request.headers.fields.append((name: "x-amz-security-token", value: String(line.dropFirst("x-amz-security-token:".count))))
        }
        request.headers.fields.append((name: "authorization", value: try vector.text("authz")))

        let signed = try SignatureV4.parse(request, rules: .standard)
        let hash = SHA256Hex.text(of: request.body)
        let canonical = CanonicalRequest(request, signedHeaders: signed.signedHeaders, payloadHash: hash, rules: .standard)
        #expect(canonical.text == expected)
        let date = try #require(SigningDate(header: signed.date))
        let stringToSign = StringToSign.bytes(date: date.text, scope: signed.scope, canonicalRequest: canonical.bytes)
        #expect(try String(decoding: stringToSign, as: UTF8.self) == vector.text("sts"))
        try signed.verify(request, secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", now: date.timestamp, keys: SigningKeys())
    }

    /// The suite's requests are raw: unencoded paths, folded headers, line feeds alone.
    static func request(_ raw: String) throws -> WireRequest {
        let parts = raw.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        var lines = parts[0].split(separator: "\n")
        let first = lines.removeFirst()
        let methodEnd = try #require(first.firstIndex(of: " "))
        let targetEnd = try #require(first.range(of: " HTTP/1.1")).lowerBound
        let target = first[first.index(after: methodEnd)..<targetEnd]
        let cut = target.firstIndex(of: "?") ?? target.endIndex
        var request = WireRequest(method: String(first[..<methodEnd]), path: String(target[..<cut]))
        request.query = String(target[cut...].dropFirst())
        for line in lines {
            if line.hasPrefix(" ") || line.hasPrefix("\t") {
                request.headers.fields[request.headers.fields.count - 1].value += "\n\(line)"
            } else {
                let colon = try #require(line.firstIndex(of: ":"))
                request.headers.fields.append((name: line[..<colon].lowercased(), value: String(line[line.index(after: colon)...])))
            }
        }
        if parts.count > 1 { request.body = Array(parts[1].utf8) }
        return request
    }
}
