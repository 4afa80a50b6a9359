import Synchronization

@testable import Streams

/// A disk in memory that fails at random, and from which the power can be taken: the same each time for the same seed.
final class SimulatedDisk: LogFileSystem {
    struct Contents: Sendable {
        /// What a sync has covered.
        var certain: [UInt8] = []
        /// What was asked since, in order.
        var asked: [Change] = []
        /// Whether the folder was synced since the file was made.
        var isNamed = false

        enum Change: Sendable {
            case write(Int, [UInt8])
            case size(Int)
        }

        /// With everything that was asked: as the program sees it.
        var whole: [UInt8] {
            var bytes = certain
            for change in asked { Self.apply(change, to: &bytes) }
            return bytes
        }

        /// As the disk may have it after a cut: of each write any sectors, each change of size or not.
        func torn(_ random: inout SeededRandom) -> [UInt8] {
            var bytes = certain
            for change in asked {
                switch change {
                case .size: if random.happens(50) { Self.apply(change, to: &bytes) }
                case .write(let offset, let written):
                    var start = 0
                    while start < written.count {
                        let end = min(written.count, start + SimulatedDisk.sector - (offset + start) % SimulatedDisk.sector)
                        if random.happens(50) { Self.apply(.write(offset + start, Array(written[start..<end])), to: &bytes) }
                        start = end
                    }
                }
            }
            return bytes
        }

        private static func apply(_ change: Change, to bytes: inout [UInt8]) {
            switch change {
            case .size(let size):
                bytes = size < bytes.count ? Array(bytes[..<size]) : bytes + [UInt8](repeating: 0, count: size - bytes.count)
            case .write(let offset, let written):
                if bytes.count < offset + written.count { bytes += [UInt8](repeating: 0, count: offset + written.count - bytes.count) }
                bytes.replaceSubrange(offset..<offset + written.count, with: written)
            }
        }
    }

    /// Small, so that small entries are torn too.
    static let sector = 16

    private struct State: Sendable {
        var files: [String: Contents] = [:]
        var removed: [String: Contents] = [:]
        var random: SeededRandom
        /// In percent of the calls.
        var failing: Int
    }

    private let state: Mutex<State>

    init(seed: UInt64, failing: Int) {
        state = Mutex(State(random: SeededRandom(seed: seed), failing: failing))
    }

    private init(_ files: [String: Contents], seed: UInt64, failing: Int) {
        state = Mutex(State(files: files, random: SeededRandom(seed: seed), failing: failing))
    }

    /// The disk after the process has ended: all that was asked of it is there.
    func afterKill(seed: UInt64, failing: Int) -> SimulatedDisk {
        SimulatedDisk(state.withLock { $0.files }, seed: seed, failing: failing)
    }

    /// The disk after the power went.
    func afterCut(seed: UInt64, failing: Int) -> SimulatedDisk {
        var random = SeededRandom(seed: seed)
        let (files, removed) = state.withLock { ($0.files, $0.removed) }
        var left: [String: Contents] = [:]
        for (name, file) in removed.sorted(by: { $0.key < $1.key }) where files[name] == nil && file.isNamed && random.happens(50) {
            left[name] = Contents(certain: file.torn(&random), isNamed: true)
        }
        for (name, file) in files.sorted(by: { $0.key < $1.key }) where file.isNamed || random.happens(50) {
            left[name] = Contents(certain: file.torn(&random), isNamed: true)
        }
        return SimulatedDisk(left, seed: seed, failing: failing)
    }

    fileprivate func change<Value: Sendable>(_ name: String, _ body: (inout Contents) -> Value) -> Value {
        state.withLock { body(&$0.files[name, default: Contents()]) }
    }

    fileprivate func fails() -> Bool {
        state.withLock { state in state.random.happens(state.failing) }
    }

    /// How much of a write of so many bytes the disk takes at once.
    fileprivate func share(of count: Int) -> Int {
        state.withLock { state in state.random.happens(20) ? 1 + state.random.below(count) : count }
    }

    // MARK: LogFileSystem

    func makeDirectory(_ path: String) {}

    func list(_ directory: String) -> [String] { state.withLock { Array($0.files.keys) } }

    func open(_ path: String, create: Bool) throws(LogError) -> any LogFile {
        let name = String(path.split(separator: "/").last ?? "")
        if create, fails() { throw .system(call: "open", path: path, code: 28) }
        let isThere = state.withLock { state in
            let isThere = state.files[name] != nil
            if create, !isThere { state.files[name] = Contents() }
            return isThere
        }
        if isThere == create { throw .system(call: "open", path: path, code: create ? 17 : 2) }
        return SimulatedFile(disk: self, name: name)
    }

    func remove(_ path: String) {
        let name = String(path.split(separator: "/").last ?? "")
        state.withLock { state in
            if let file = state.files.removeValue(forKey: name) { state.removed[name] = file }
        }
    }

    func syncDirectory(_ path: String) throws(LogError) {
        if fails() { throw .system(call: "fsync", path: path, code: 5) }
        state.withLock { state in
            for name in state.files.keys { state.files[name]?.isNamed = true }
            state.removed = [:]
        }
    }
}

private struct SimulatedFile: LogFile {
    let disk: SimulatedDisk
    let name: String

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(LogError) -> Int {
        let taken = Array(bytes.prefix(disk.share(of: bytes.count)))
        if disk.fails() {
            // Some of it may be there all the same.
            disk.change(name) { $0.asked.append(.write(offset, Array(taken.dropLast(taken.count / 2)))) }
            throw .system(call: "pwrite", path: name, code: 28)
        }
        disk.change(name) { $0.asked.append(.write(offset, taken)) }
        return taken.count
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        let bytes = disk.change(name) { $0.whole }
        let count = max(0, min(buffer.count, bytes.count - offset))
        if count > 0 { buffer.copyBytes(from: bytes[offset..<offset + count]) }
        return count
    }

    func size() -> Int { disk.change(name) { $0.whole.count } }

    func truncate(to size: Int) throws(LogError) {
        if disk.fails() { throw .system(call: "ftruncate", path: name, code: 5) }
        disk.change(name) { $0.asked.append(.size(size)) }
    }

    func sync() throws(LogError) {
        if disk.fails() {
            // The system may have dropped the pages, and a later sync succeeds without them: they stay asked for, for ever uncertain.
            throw .system(call: "fdatasync", path: name, code: 5)
        }
        disk.change(name) { file in
            file.certain = file.whole
            file.asked = []
        }
    }
}

/// Random numbers from a seed: xorshift.
struct SeededRandom: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        for _ in 0..<4 { _ = next() }
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % max(1, bound) }

    mutating func happens(_ percent: Int) -> Bool { below(100) < percent }
}
