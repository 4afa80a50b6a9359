import Foundation
import Testing

/// The corpora of `testdata/fuzz`, through the entries that `make fuzz` uses: what once broke something stays mended.
struct ReplayTests {
    private static let targets = FuzzTarget.formats + FuzzTarget.expressions + FuzzTarget.listener
    private static let corpora = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().appendingPathComponent("../../../testdata/fuzz")
        .standardizedFileURL

    private static func inputs(_ target: FuzzTarget) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: corpora.appendingPathComponent(target.name), includingPropertiesForKeys: nil)
    }

    @Test(arguments: ReplayTests.targets)
    func `each input of the corpus is taken as the laws say`(target: FuzzTarget) throws {
        let inputs = try Self.inputs(target)
        #expect(!inputs.isEmpty)
        for input in inputs {
            let bytes = [UInt8](try Data(contentsOf: input))
            #expect(throws: Never.self, "\(input.lastPathComponent)") { try target.entry(bytes) }
        }
    }

    /// A short walk from each input, the same each time.
    @Test(arguments: ReplayTests.targets)
    func `small changes of it are too`(target: FuzzTarget) throws {
        var seed: UInt64 = 12
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % max(1, bound)
        }
        for input in try Self.inputs(target).sorted(by: { $0.path < $1.path }) {
            let whole = [UInt8](try Data(contentsOf: input))
            for _ in 0..<20 {
                var bytes = whole
                for _ in 0...next(3) where !bytes.isEmpty {
                    switch next(4) {
                    case 0: bytes[next(bytes.count)] = UInt8(next(256))
                    case 1: bytes.remove(at: next(bytes.count))
                    case 2: bytes.insert(UInt8(next(256)), at: next(bytes.count))
                    default: bytes.removeLast(next(bytes.count / 4 + 1))
                    }
                }
                #expect(throws: Never.self, "\(input.lastPathComponent): \(bytes)") { try target.entry(bytes) }
            }
        }
    }

    @Test func `every folder of corpora is a target's`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpora.path)
        #expect(Set(folders).subtracting(Self.targets.map(\.name)) == [])
    }
}
