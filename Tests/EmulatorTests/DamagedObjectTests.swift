import Foundation
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// Bytes of objects that are not those that were stored.
@Suite struct DamagedObjectTests {
    private static let small = 5000
    private static let large = 3 << 20

    private func call(_ harness: EmulatorHarness) -> Call {
        Call(account: "000000000000", region: "us-east-1", now: harness.time.now, requestID: "test")
    }

    /// A server that was started on a directory with two objects, after something was done to their files.
    private func started(_ folder: TemporaryFolder, _ strike: (String) throws -> Void) throws -> EmulatorHarness {
        let first = try EmulatorHarness(directory: folder.path)
        for (key, size) in [("small", Self.small), ("large", Self.large)] {
            try first.emulator.parts.s3.write(bucket: "bucket", key: key, (0..<size).map { UInt8(truncatingIfNeeded: $0 / 7) }, call(first))
        }
        first.emulator.shutdown()
        for name in Directory.names(folder.path + "/objects") {
            for file in Directory.names("\(folder.path)/objects/\(name)") { try strike("\(folder.path)/objects/\(name)/\(file)") }
        }
        return try EmulatorHarness(directory: folder.path)
    }

    private func get(_ harness: EmulatorHarness, _ key: String, range: String? = nil) -> WireResponse {
        var fields: [(name: String, value: String)] = [("host", "localhost")]
        if let range { fields.append(("range", range)) }
        return harness.answer(WireRequest(method: "GET", path: "/bucket/\(key)", headers: WireHeaders(fields)))
    }

    /// Sends a file as the listener does; false when the answer is broken off.
    private func isSent(_ response: WireResponse, piece: Int = 256 << 10) throws -> Bool {
        guard case .file(let file, let offset, let length) = response.body else { return false }
        var position = Int(offset)
        while position < Int(offset) + length {
            var bytes = [UInt8](repeating: 0, count: min(piece, Int(offset) + length - position))
            let got = bytes.withUnsafeMutableBytes { pread(file.descriptor, $0.baseAddress, $0.count, off_t(position)) }
            guard got == bytes.count else { return false }
            position += got
            let isLast = position == Int(offset) + length
            if let check = file.check, !bytes.withUnsafeBytes({ check.passes($0, isLast: isLast) }) { return false }
        }
        return true
    }

    private static func flip(_ path: String, at offset: UInt64) throws {
        let file = try FileHandle(forUpdating: URL(filePath: path))
        try file.seek(toOffset: offset)
        let byte = try #require(try file.read(upToCount: 1)).first ?? 0
        try file.seek(toOffset: offset)
        try file.write(contentsOf: Data([byte ^ 1]))
        try file.close()
    }

    @Test func `a flipped bit is never sent as the object`() throws {
        let folder = TemporaryFolder()
        let harness = try started(folder) { try Self.flip($0, at: 4900) }
        let whole = get(harness, "small")
        #expect(whole.status == 500)
        #expect(whole.text.contains("<Code>InternalError</Code>"))
        #expect(get(harness, "small", range: "bytes=0-9").status == 500)
        #expect(get(harness, "large", range: "bytes=100-199").status == 500)
        #expect(try !isSent(get(harness, "large")))
        for key in ["small", "large"] {
            #expect(throws: ServiceError.self) {
                try harness.emulator.parts.s3.read(bucket: "bucket", key: key, account: "000000000000") { _ in true }
            }
            let copy = harness.answer(
                WireRequest(
                    method: "PUT",
                    path: "/bucket/copy",
                    headers: ["host": "localhost", "x-amz-copy-source": "/bucket/\(key)", "content-length": "0"]
                )
            )
            #expect(copy.status == 500)
        }
        harness.emulator.shutdown()
    }

    @Test func `a file that was cut or is gone is an error at once`() throws {
        let folder = TemporaryFolder()
        let harness = try started(folder) { path in
            if FileState(path: path)?.size == Self.small {
                #expect(truncate(path, 100) == 0)
            } else {
                try FileManager.default.removeItem(atPath: path)
            }
        }
        for key in ["small", "large"] {
            let answer = get(harness, key)
            #expect(answer.status == 500, "\(key)")
            do throws(ServiceError) {
                try harness.emulator.parts.s3.read(bucket: "bucket", key: key, account: "000000000000") { _ in true }
                Issue.record("\(key) was read")
            } catch {
                #expect(error.storedFile?.file.isEmpty == false)
            }
        }
        harness.emulator.shutdown()
    }

    @Test func `what is right is looked at once, and again when it was written to`() throws {
        let folder = TemporaryFolder()
        let harness = try started(folder) { _ in }
        #expect(try isSent(get(harness, "small")))
        for isFirst in [true, false] {
            let answer = get(harness, "large")
            guard case .file(let file, _, Self.large) = answer.body else {
                Issue.record("no file is sent")
                return
            }
            #expect((file.check != nil) == isFirst)
            #expect(try isSent(answer, piece: 100_003))
        }
        for name in Directory.names(folder.path + "/objects") {
            for file in Directory.names("\(folder.path)/objects/\(name)") { try Self.flip("\(folder.path)/objects/\(name)/\(file)", at: 1) }
        }
        #expect(get(harness, "small").status == 500)
        #expect(try !isSent(get(harness, "large")))
        harness.emulator.shutdown()
    }

    @Test(arguments: [[], [10], [3, 7], [4, 4, 2]]) func `a seal is of the whole or of the parts, however the bytes are cut`(parts: [Int]) throws {
        let bytes = (0..<10).map { UInt8($0) }
        for algorithm in [ChecksumAlgorithm.md5, .crc32, .sha256, .crc64NVME] {
            var start = 0
            var sums: [UInt8] = []
            for size in parts {
                sums += Checksum.value(algorithm, of: Array(bytes[start..<start + size]))
                start += size
            }
            let sum = Checksum.value(algorithm, of: parts.isEmpty ? bytes : sums)
            let isHex = algorithm == .md5
            let text = (isHex ? Hex.text(sum) : Base64.encode(sum)) + (parts.isEmpty ? "" : "-\(parts.count)")
            for cut in 1...10 {
                for flipped in [nil, 0, 9] {
                    var reading = BlobSeal.Reading(BlobSeal(algorithm: algorithm, parts: parts, value: text, isHex: isHex))
                    var read = bytes
                    if let flipped { read[flipped] ^= 1 }
                    for start in stride(from: 0, to: 10, by: cut) {
                        read[start..<min(start + cut, 10)].withUnsafeBytes { reading.update($0) }
                    }
                    #expect(reading.agrees == (flipped == nil))
                }
            }
        }
    }
}
