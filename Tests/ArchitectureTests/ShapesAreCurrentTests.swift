import FoundationEssentials
import Testing

@testable import shapegen

@Suite struct ShapesAreCurrentTests {
    @Test func `the generated files are what the models give`() throws {
        let root = SourceTree.root.path
        for (path, text) in try Shapegen.render(root: root) {
            #expect(String(decoding: try Files.read(path), as: UTF8.self) == text, "\(path) is out of date: run swift run shapegen")
        }
    }

    @Test(arguments: [("StreamName", "streamName"), ("KMSKeyId", "kmsKeyId"), ("QueueARN", "queueARN"), ("Filters", "filters"), ("name", "name")])
    func `members are named as Swift names them`(model: String, swift: String) {
        #expect(Render.memberName(model) == swift)
    }
}
