import ServiceKit
import Testing
import Wire

@testable import CloudFormationEmulator

struct StackWorkTests {
    @Test func `work is read as it was written`() throws {
        var work = StackWork(.update, token: "t")
        work.template = "{}"
        work.formerStatus = "CREATE_COMPLETE"
        let read = try StackWork(work.document, of: "s")
        #expect(read.kind == .update && read.document == work.document)
    }

    @Test func `work of an unknown kind is not taken for a deletion`() {
        for document in [Document.members([("Kind", .string("MERGE"))]), .members([]), .null] {
            #expect(throws: UnreadableRow.self) { try StackWork(document, of: "s") }
        }
    }
}
