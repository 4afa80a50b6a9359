import Foundation
import Testing

struct SampleDataTests {
    static let folder = SourceTree.root.appendingPathComponent("testdata/filmnight")

    /// Runs the generator into a folder of its own.
    static func generated() throws -> URL {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("filmnight-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", folder.appendingPathComponent("make.py").path, output.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return output
    }

    @Test func `the generator makes the committed sample data byte for byte`() throws {
        let output = try Self.generated()
        defer { try? FileManager.default.removeItem(at: output) }
        for name in ["interactions.csv", "items.csv", "titles.csv"] {
            let made = try Data(contentsOf: output.appendingPathComponent(name))
            let kept = try Data(contentsOf: Self.folder.appendingPathComponent(name))
            #expect(!kept.isEmpty && made == kept, "\(name) differs: run make sample")
        }
    }

    @Test func `the sample data stays small`() throws {
        let sizes = try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: [.fileSizeKey])
            .map { try $0.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0 }
        #expect(sizes.reduce(0, +) < 2 << 20)
    }
}
