import Logging
import SQLite
import Sealing
import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// Records of encrypted streams, sealed in the record log by keys of their streams, which a key that is kept apart has wrapped (`--encryption-key`).
extension KinesisService {
    /// Keys that a stream can have: one for each time that encryption was asked for. Then the newest stays.
    static let maximumKeys: UInt32 = 1000

    /// Stores the facts of a stream that is to be encrypted, with a new key for it, and seals by that key from then on.
    func encrypt(_ stream: HostedStream, _ facts: StreamFacts, _ call: Call) throws(ServiceError) {
        let needed: MasterKey?
        do {
            needed = try neededMaster(for: stream.key.name)
        } catch {
            log.error("a stream cannot be encrypted", metadata: ["stream": "\(stream.key.name)", "cause": "\(error)"])
            var refusal = ServiceError.Kinesis.kmsInvalidState("The key \(facts.keyID ?? "") cannot be used.")
            refusal.hint = "\(error)"
            throw refusal
        }
        guard let master = needed else { return try store(facts, of: stream, call) }
        try store.write { transaction in
            let table = StreamTable(transaction)
            try table.purge(at: call.now)
            let made = try makeKey(of: stream.engine.id, transaction.database, master)
            try table.update(stream.id, facts)
            transaction.afterCommit { [self] in
                if let made {
                    streamKeys.add(made.key, made.name)
                    stream.engine.sealer = StreamSealer(made.key, made.name)
                }
                stream.set(facts, $0)
            }
        }
        // A stream that has all its keys goes on with the newest, also when its encryption was stopped in between.
        if stream.engine.sealer == nil { stream.engine.sealer = streamKeys.newestSealer(of: stream.engine.id) }
    }

    /// The keys of streams that are there at the start; those that are encrypted and have none are given one.
    /// A key that is damaged costs the records that were sealed by it, and nothing else.
    /// - Throws: `StartFailure` when there are keys and the one that opens them is not given.
    func restoredKeys(of streams: [StoredStream], _ database: Database) throws -> [StreamKeys.Name: [UInt8]] {
        try checkPlace()
        let wrapped = try StreamKeyTable(database).all()
        var keys: [StreamKeys.Name: [UInt8]] = [:]
        if !wrapped.isEmpty {
            let master = try givenMaster()
            if let fault = AES256GCM.fault { throw StartFailure("records of encrypted streams cannot be read: \(fault)") }
            var (others, damaged) = ([String](), [String]())
            for (name, bytes) in wrapped {
                let setting = StreamKeyTable.setting(name)
                switch master.unwrap(bytes, named: setting) {
                case .key(let key): keys[name] = key
                case .otherMaster: others.append(setting)
                case .damaged: damaged.append(setting)
                }
            }
            if keys.isEmpty, !others.isEmpty { throw Self.otherMaster(configuration) }
            for setting in damaged + others {
                log.error("the key of an encrypted stream is damaged: the records that it sealed cannot be read", metadata: ["setting": "\(setting)"])
            }
        }
        let known = Set(keys.keys.map(\.stream))
        for stored in streams where stored.facts.keyID != nil && !known.contains(UInt64(stored.id)) {
            // It was encrypted when this server had no key: from now on its records are sealed.
            guard let master = try neededMaster(for: stored.key.name), let made = try makeKey(of: UInt64(stored.id), database, master) else {
                continue
            }
            keys[made.name] = made.key
        }
        return keys
    }

    /// A key beside what it protects would protect nothing.
    private func checkPlace() throws {
        guard let path = configuration.encryptionKeyFile, let directory = configuration.dataDirectory else { return }
        // Where it is to be made, and where it is when it is a link.
        let places = [MasterKey.folder(of: path), path].compactMap { Directory.real($0) }
        guard let data = Directory.real(directory), places.contains(where: { $0 == data || $0.hasPrefix(data + "/") }) else { return }
        throw StartFailure("the file of --encryption-key, \(path), is in the data directory \(directory). Keep the key apart from what it protects.")
    }

    private func makeKey(of stream: UInt64, _ database: Database, _ master: MasterKey) throws -> (key: [UInt8], name: StreamKeys.Name)? {
        let table = StreamKeyTable(database)
        // Not their count: of a key that was damaged and taken out, the number is not given again while a newer one is there.
        let newest = try table.newestNumber(of: stream)
        guard newest < Self.maximumKeys else { return nil }
        let name = StreamKeys.Name(stream: stream, number: newest + 1)
        let key = SecretBytes.random(32)
        try table.add(try master.wrap(key, named: StreamKeyTable.setting(name)), name)
        return (key, name)
    }

    // MARK: The master key

    /// The key that new keys are wrapped by; made at its first use. Nil, and said in the log where it matters, when none was asked for.
    /// - Throws: `StartFailure` when its file can be neither read nor made.
    private func neededMaster(for stream: String) throws -> MasterKey? {
        guard let path = configuration.encryptionKeyFile else {
            if configuration.dataDirectory != nil {
                log.warning(
                    "records of an encrypted stream are kept as they are; --encryption-key FILE has them encrypted",
                    metadata: ["stream": "\(stream)"]
                )
            }
            return nil
        }
        if let known = masterKey.withLock({ $0 }) { return known }
        let found = try MasterKey.load(path)
        let master = try found ?? MasterKey.create(path)
        if found == nil {
            log.notice(
                "made the key of encrypted streams; without it their records cannot be read, so keep a copy of it apart from the data",
                metadata: ["file": "\(path)"]
            )
        }
        warnIfOpen(path)
        masterKey.withLock { $0 = master }
        return master
    }

    /// The key that there must be.
    private func givenMaster() throws -> MasterKey {
        let place = configuration.dataDirectory.map { "the data directory \($0)" } ?? "the database"
        guard let path = configuration.encryptionKeyFile else {
            throw StartFailure(
                "\(place) has records of encrypted streams. Start with --encryption-key FILE, the file of the key that they were encrypted with."
            )
        }
        guard let master = try MasterKey.load(path) else {
            throw StartFailure(
                """
                \(place) has records of encrypted streams, and the file of their key, \(path), is not there. Put it back, or name the right one by \
                --encryption-key.
                """
            )
        }
        warnIfOpen(path)
        masterKey.withLock { $0 = master }
        return master
    }

    private func warnIfOpen(_ path: String) {
        guard MasterKey.isOpenToOthers(path) else { return }
        log.warning("others than its owner can read the key of encrypted streams", metadata: ["file": "\(path)"])
    }

    private static func otherMaster(_ configuration: ServerConfiguration) -> StartFailure {
        StartFailure(
            """
            the key in \(configuration.encryptionKeyFile ?? "") is not the one that the records of encrypted streams in \
            \(configuration.dataDirectory ?? "the database") were encrypted with. Name that one by --encryption-key.
            """
        )
    }
}
