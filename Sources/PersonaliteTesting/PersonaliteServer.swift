/// A server in memory, for as long as a suite or a test takes: where it is, and what requests to it are signed with.
///
/// ```swift
/// @Suite(.personalite) struct ClickTests {
///     @Test func `a click is a record`() async throws {
///         let server = try #require(PersonaliteServer.current)
///         let kinesis = ...    // a client of any SDK, with server.endpoint, server.accessKeyID, server.secretAccessKey and server.region
///     }
/// }
/// ```
public struct PersonaliteServer: Sendable, Hashable {
    /// `http://127.0.0.1:PORT`, of all services.
    public let endpoint: String
    public let accessKeyID: String
    public let secretAccessKey: String
    /// Where requests are signed for, such as `us-east-1`.
    public let region: String

    /// That of the suite or the test that runs, where it has the trait `personalite`; nil elsewhere.
    @TaskLocal public static var current: PersonaliteServer?

    /// The variables by which AWS's SDKs and the aws CLI find the server, for a program that a test starts. Those of the tests' own process stay as they
    /// are, for tests run at the same time.
    public var environment: [String: String] {
        [
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": accessKeyID, "AWS_SECRET_ACCESS_KEY": secretAccessKey, "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region, "AWS_EC2_METADATA_DISABLED": "true",
        ]
    }
}

/// Why there is no server.
public struct PersonaliteFault: Error, Hashable, CustomStringConvertible {
    public let description: String
}
