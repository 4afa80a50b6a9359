import APIGatewayEmulator
import Wire

/// Mapping templates of API Gateway.
enum MappingEntries {
    /// A template, and behind a NUL the body that it is given: it ends, and what it gives is bounded.
    static func velocity(_ bytes: [UInt8]) throws {
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard let template = try? VelocityTemplate(String(decoding: parts[0], as: UTF8.self)) else { return }
        var input = VelocityInput(body: parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : "{\"a\":[1,{\"b\":\"c\"}],\"d\":null}")
        input.path = [("id", "7")]
        input.query = [("q", "x")]
        input.headers = [("Accept", "*/*")]
        guard let output = try? template.render(input) else { return }
        try law(output.text.utf8.count <= 33 << 20, "a template gives more than it may")
    }
}
