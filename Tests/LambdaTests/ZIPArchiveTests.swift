import Testing
import Wire

@testable import LambdaEmulator

/// Archives as strangers make them, written here byte by byte.
@Suite struct ZIPArchiveTests {
    struct Part {
        var name: String
        var contents: [UInt8] = []
        var mode: UInt32 = 0o100644
        var flags: UInt16 = 0
        var method: UInt16 = 0
        var size: UInt32?
    }

    static func archive(_ parts: [Part]) -> [UInt8] {
        var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
        func short(_ value: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }
        func long(_ value: UInt32) -> [UInt8] { short(UInt16(truncatingIfNeeded: value)) + short(UInt16(value >> 16)) }
        for part in parts {
            let name = Array(part.name.utf8)
            let checksum = Checksum.value(.crc32, of: part.contents).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let sizes = long(checksum) + long(UInt32(part.contents.count)) + long(part.size ?? UInt32(part.contents.count))
            let place = UInt32(bytes.count)
            let common = short(20) + short(part.flags) + short(part.method) + short(0) + short(0) + sizes + short(UInt16(name.count)) + short(0)
            bytes += long(0x0403_4b50) + common + name + part.contents
            directory += long(0x0201_4b50) + short(3 << 8 | 20) + common + short(0) + short(0) + short(0) + long(part.mode << 16) + long(place) + name
        }
        let count = UInt16(parts.count)
        let start = UInt32(bytes.count)
        return bytes + directory + long(0x0605_4b50) + short(0) + short(0) + short(count) + short(count) + long(UInt32(directory.count)) + long(start)
            + short(0)
    }

    private func reason(_ parts: [Part]) -> String? {
        do throws(ZIPArchive.Failure) {
            let archive = try ZIPArchive(Self.archive(parts))
            for entry in archive.entries where !entry.isFolder { _ = try archive.contents(entry) }
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func `files and folders are read`() throws {
        let archive = try ZIPArchive(
            Self.archive([Part(name: "a/", mode: 0o040755), Part(name: "a/run", contents: [1, 2], mode: 0o100755), Part(name: "./b", contents: [3])])
        )
        #expect(archive.entries.map(\.path) == ["a", "a/run", "b"])
        #expect(archive.entries.map(\.isExecutable) == [true, true, false])
        #expect(try archive.contents(archive.entries[1]) == [1, 2])
    }

    @Test(arguments: ["../a", "/a", "a/../../b", "a/..", "a\0b"])
    func `no name leads out of the folder`(name: String) {
        #expect(reason([Part(name: name, contents: [1])]) == "a name leads out of the folder")
    }

    @Test func `links, encryption, other methods and lies are refused`() {
        #expect(reason([Part(name: "l", contents: [1], mode: 0o120777)])?.contains("link") == true)
        #expect(reason([Part(name: "e", contents: [1], flags: 1)])?.contains("encrypted") == true)
        #expect(reason([Part(name: "m", contents: [1], method: 12)])?.contains("packed") == true)
        #expect(reason([Part(name: "s", contents: [1], size: 2)])?.contains("damaged") == true)
        #expect(reason([Part(name: "d", contents: [1]), Part(name: "./d", contents: [1])])?.contains("twice") == true)
        #expect(reason([Part(name: "d", contents: [1]), Part(name: "d/x", contents: [1])])?.contains("both") == true)
        #expect(
            reason([Part(name: "h", contents: [1], size: 200_000_000), Part(name: "i", contents: [1], size: 200_000_000)])?.contains("larger") == true
        )
        #expect(reason([])?.contains("empty") == true)
    }

    @Test func `whatever is cut off or changed is refused or read, and never a crash`() {
        let whole = Self.archive([Part(name: "a", contents: [1, 2, 3]), Part(name: "b/c", contents: [4])])
        for count in whole.indices { #expect(throws: ZIPArchive.Failure.self) { try ZIPArchive(Array(whole[..<count])) } }
        for index in whole.indices {
            for value in [0, 0x7F, 0xFF] as [UInt8] {
                var changed = whole
                changed[index] = value
                guard let archive = try? ZIPArchive(changed) else { continue }
                for entry in archive.entries { #expect(((try? archive.contents(entry)) ?? []).count <= 3) }
            }
        }
    }
}

@Suite struct FunctionFrameTests {
    private static func frame(_ kind: UInt8, _ body: [UInt8]) -> [UInt8] { [kind, 0, 0, 0, 1, 0, 0, 0, UInt8(body.count), 9] + body }

    @Test func `frames are the same whole and in pieces`() {
        let bytes = Self.frame(0x73, []) + Self.frame(0x72, [1, 2, 3]) + Self.frame(0x65, [4])
        var whole = FunctionFrameReader()
        let expected = whole.feed(bytes[...])
        #expect(expected.map(\.kind) == [.started, .result, .error])
        #expect(expected.map(\.body) == [[], [1, 2, 3], [4]])
        var reader = FunctionFrameReader()
        #expect(bytes.flatMap { reader.feed([$0]) } == expected)
    }

    @Test func `a body that is too large is passed over`() {
        let count = FunctionFrameReader.maximumBody + 1
        var reader = FunctionFrameReader()
        let head = [0x72, 0, 0, 0, 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
        #expect(reader.feed(head[...]).isEmpty)
        let frames = reader.feed([UInt8](repeating: 0, count: count)[...]) + reader.feed(Self.frame(0x73, [])[...])
        #expect(frames.map(\.isTooLarge) == [true, false])
        #expect(frames.allSatisfy { $0.body.isEmpty })
    }

    @Test func `what is no frame breaks the channel`() {
        var reader = FunctionFrameReader()
        #expect(reader.feed([UInt8](repeating: 1, count: 100)[...]).isEmpty)
        #expect(reader.isBroken)
    }

    @Test func `lines are put together, and the tail has the last of them`() {
        var lines = FunctionLogLines()
        lines.feed(Array("one\ntw".utf8)[...])
        lines.feed(Array("o\n\nrest".utf8)[...])
        #expect(lines.take() == ["one", "two", ""])
        lines.flush()
        #expect(lines.take() == ["rest"])
        lines.feed([UInt8](repeating: 0x61, count: FunctionLogLines.maximumLine + 1)[...])
        #expect(lines.take().map(\.utf8.count) == [FunctionLogLines.maximumLine])
        #expect(lines.tail.count == FunctionLogLines.tailCount)
    }
}
