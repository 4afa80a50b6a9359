import Sealing
import Streams
import Synchronization
import Wire

/// The keys of all streams, by which their records are opened.
final class StreamKeys: RecordOpener {
    /// A key of a stream: streams get another each time that encryption is asked for.
    struct Name: Hashable, Sendable {
        var stream: UInt64
        var number: UInt32
    }

    private struct Derived: Hashable {
        var name: Name
        var salt: UInt128
    }

    private struct State {
        /// By stream and number.
        var keys: [UInt64: [UInt32: [UInt8]]] = [:]
        var derived: [Derived: [UInt8]] = [:]
    }

    private let state = Mutex(State())
    /// There is one for each start of the server that wrote; a reader goes through the log in order and needs few at a time.
    private static let mostDerived = 256

    func add(_ key: [UInt8], _ name: Name) {
        state.withLock { $0.keys[name.stream, default: [:]][name.number] = key }
    }

    /// Forgets the keys of a stream.
    func remove(stream: UInt64) {
        state.withLock { state in
            guard state.keys.removeValue(forKey: stream) != nil else { return }
            state.derived = state.derived.filter { $0.key.name.stream != stream }
        }
    }

    func removeAll() {
        state.withLock { $0 = State() }
    }

    /// Seals by the newest key of a stream; nil when it has none.
    func newestSealer(of stream: UInt64) -> StreamSealer? {
        let newest = state.withLock { $0.keys[stream]?.max { $0.key < $1.key } }
        return newest.map { StreamSealer($0.value, Name(stream: stream, number: $0.key)) }
    }

    func open(
        _ text: UnsafeMutableRawBufferPointer,
        tag: [UInt8],
        by seal: RecordSeal,
        of stream: UInt64,
        head: UnsafeRawBufferPointer
    ) -> Bool {
        guard let key = key(Derived(name: Name(stream: stream, number: seal.key), salt: seal.salt)) else { return false }
        return AES256GCM.open(text, tag: tag, key: key, nonce: StreamSealer.nonce(seal.sequence), head: head)
    }

    private func key(_ wanted: Derived) -> [UInt8]? {
        state.withLock { state in
            if let known = state.derived[wanted] { return known }
            guard let key = state.keys[wanted.name.stream]?[wanted.name.number] else { return nil }
            if state.derived.count >= Self.mostDerived { state.derived = [:] }
            let derived = StreamSealer.derive(key, wanted.salt)
            state.derived[wanted] = derived
            return derived
        }
    }
}

/// Seals the records of one stream.
///
/// No nonce is ever used twice with a key: the key that is used is made of the stream's key and 128 random bits that each sealer draws for itself, and
/// under it entries are counted. Neither a restart, a loss of power nor a copy of the directory can bring a count back under the same key.
final class StreamSealer: RecordSealer {
    private let name: StreamKeys.Name
    private let salt: UInt128
    private let key: [UInt8]
    private let sealed = Atomic<UInt64>(0)

    init(_ key: [UInt8], _ name: StreamKeys.Name) {
        self.name = name
        salt = UInt128.random(in: .min ... .max)
        self.key = Self.derive(key, salt)
    }

    static func derive(_ key: [UInt8], _ salt: UInt128) -> [UInt8] {
        withUnsafeBytes(of: salt.littleEndian) { MessageCode.of(Array("records".utf8) + Array($0), key: key) }
    }

    static func nonce(_ sequence: UInt64) -> [UInt8] {
        withUnsafeBytes(of: sequence.littleEndian) { Array($0) } + [0, 0, 0, 0]
    }

    func nextSeal() -> RecordSeal {
        RecordSeal(key: name.number, salt: salt, sequence: sealed.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    func seal(_ text: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer, by seal: RecordSeal, head: UnsafeRawBufferPointer) -> Bool {
        AES256GCM.seal(text, tag: tag, key: key, nonce: Self.nonce(seal.sequence), head: head)
    }
}
