public import Testing

/// Gives a suite, or a test, a server of its own: `PersonaliteServer.current`.
///
/// It is in memory, on a free port, has nothing in it, and ends with what it was started for: also when the process of the tests ends early.
public struct PersonaliteTrait: SuiteTrait, TestTrait, TestScoping {
    /// The program; nil for the variable `PERSONALITE_BINARY`, and where that is not set for `personalite` on the PATH.
    public var binary: String?
    /// Options of `personalite serve`, such as `["--job-delay", "2"]`.
    public var options: [String]

    /// A suite's tests share the server of the suite.
    public var isRecursive: Bool { false }

    public func provideScope(for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void) async throws {
        let process = try await ServerProcess.start(binary: binary, options: options)
        let outcome: Result<Void, any Error>
        do {
            try await PersonaliteServer.$current.withValue(process.server) { try await function() }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await process.stop()
        try outcome.get()
    }
}

extension Trait where Self == PersonaliteTrait {
    /// A server of its own, by the program that `PERSONALITE_BINARY` names, else by `personalite` on the PATH.
    public static var personalite: Self { personalite() }

    /// - Parameters:
    ///   - binary: the program, where it is neither named by `PERSONALITE_BINARY` nor on the PATH.
    ///   - options: of `personalite serve`.
    public static func personalite(binary: String? = nil, options: [String] = []) -> Self { Self(binary: binary, options: options) }
}
