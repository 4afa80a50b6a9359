/// Trained models on disk. A loaded model answers bit for bit as the saved one.
extension TrainedModel {
    private static let kind = "MODL"
    private static let version: UInt32 = 4
    /// Files of version 2 know nothing of event types and returns; those of version 3 have similarity by metadata counted in advance.
    private static let oldest: UInt32 = 2

    /// - Parameter owner: the id that the model is kept under.
    package func save(to path: String, owner: Int64? = nil) throws(FileFailure) {
        var file = try ArrayFileWriter(path: path, kind: Self.kind, version: Self.version)
        file.write(owner: owner)
        file.write("RECP", Array(recipe.rawValue.utf8))
        file.write("CASE", Array((useCase?.rawValue ?? "").utf8))
        file.write(ids: items, "ITMB", "ITMS")
        file.write(ids: users, "USRB", "USRS")
        file.write(histories.events, "HSTS", "HSTI")
        file.write("HSTT", histories.times)
        file.write("HSTY", histories.types)
        file.write("UNIQ", popularity.uniqueUsers)
        file.write("CREA", ages.created)
        file.write("STRM", [Int64(streamedEvents), Int64(trainedItemCount), ages.newest])
        file.write(list: hyperparameters.flatMap { [$0.name, $0.value] }, "HYPB", "HYPS")
        file.write(selection)
        file.write(features, "F")
        switch family {
        case .personal(let model): file.write(model)
        case .neighbours(let model): file.write(model)
        case .popularity: break
        case .trending(let model):
            file.write("TSET", [model.interval, model.newest])
            file.write("TITM", model.items)
            file.write("TTIM", model.times)
        case .affinity(let model):
            file.write(model.successors)
            file.write("ASUM", model.logSum)
        case .actions(let model): file.write(model)
        }
        try file.commit()
    }

    /// - Parameter owner: whose file it should be; nil takes any.
    package static func load(from path: String, owner: Int64? = nil) throws(FileFailure) -> TrainedModel {
        let file = try ArrayFileReader(path: path, kind: kind, versions: oldest...version)
        try file.check(owner: owner)
        guard let recipe = Recipe(rawValue: try file.text("RECP")) else { throw file.failure("is of an unknown recipe") }
        let caseName = try file.text("CASE")
        let useCase = UseCase(rawValue: caseName)
        guard caseName.isEmpty || useCase != nil else { throw file.failure("is of an unknown use case") }
        let items = try file.ids("ITMB", "ITMS")
        let users = try file.ids("USRB", "USRS")
        let events = try file.rows("HSTS", "HSTI", rowCount: users.count, columnCount: items.count)
        let times = try file.array("HSTT", of: Int64.self)
        let types = file.version >= 3 ? try file.array("HSTY", of: UInt8.self) : []
        let unique = try file.array("UNIQ", of: Int32.self)
        let created = try file.array("CREA", of: Int64.self)
        let numbers = try file.array("STRM", of: Int64.self)
        let parameters = try file.list("HYPB", "HYPS")
        guard times.count == events.entryCount, types.isEmpty || types.count == times.count,
            types.allSatisfy({ $0 <= Returns.mostTypes }), unique.count == items.count,
            unique.allSatisfy({ (0...1 << 30).contains($0) }), created.count == items.count, numbers.count == 3, numbers[0] >= 0,
            (0...Int64(items.count)).contains(numbers[1]), parameters.count % 2 == 0
        else { throw file.failure("does not fit together") }
        let features = try file.features("F", count: items.count)
        let parts = Parts(
            recipe: recipe,
            useCase: useCase,
            items: items,
            trainedItemCount: Int(numbers[1]),
            users: users,
            histories: Histories(events: events, times: times, types: types),
            popularity: Popularity(uniqueUsers: unique),
            ages: ItemAges(created: created, newest: numbers[2]),
            features: features,
            selection: try file.selection(),
            streamedEvents: Int(numbers[0]),
            hyperparameters: stride(from: 0, to: parameters.count, by: 2).map { (parameters[$0], parameters[$0 + 1]) }
        )
        return TrainedModel(parts, try family(of: parts, in: file))
    }

    private static func family(of parts: Parts, in file: borrowing ArrayFileReader) throws(FileFailure) -> Family {
        let itemCount = parts.items.count
        switch parts.recipe.family {
        case .personal: return .personal(try file.personal(parts))
        case .related: return .neighbours(try file.neighbours(itemCount, parts.features))
        case .popular: return .popularity
        case .trending:
            let settings = try file.array("TSET", of: Int64.self)
            let items = try file.array("TITM", of: Int32.self)
            let times = try file.array("TTIM", of: Int64.self)
            // Intervals of at most a thousand years, so that sums with times cannot overflow.
            guard settings.count == 2, (1...31_536_000_000).contains(settings[0]), abs(settings[1]) < 1 << 60, times.count == items.count,
                items.allSatisfy({ $0 >= 0 && Int($0) < itemCount })
            else {
                throw file.failure("does not fit together")
            }
            return .trending(Trending(interval: settings[0], items: items, times: times, newest: settings[1]))
        case .segments:
            let sums = try file.array("ASUM", of: Float.self)
            guard sums.count == parts.users.count else { throw file.failure("does not fit together") }
            return .affinity(Affinity(successors: try file.successors(itemCount), logSum: sums, features: parts.features))
        case .actions: return .actions(try file.actions())
        }
    }
}

extension ArrayFileWriter {
    /// Both sections are empty without a matrix.
    mutating func write(_ rows: CompressedSparseRows?, _ offsets: String, _ columns: String) {
        write(offsets, rows?.offsets ?? [])
        write(columns, rows?.columns ?? [])
    }

    mutating func write(ids: IdMap, _ bytes: String, _ starts: String) {
        write(bytes, ids.bytes)
        write(starts, ids.starts)
    }

    /// Strings that need not differ.
    mutating func write(list: [String], _ bytes: String, _ starts: String) {
        write(bytes, list.flatMap { Array($0.utf8) })
        write(starts, list.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.utf8.count) })
    }
}

extension ArrayFileReader {
    func text(_ name: String) throws(FileFailure) -> String { String(decoding: try array(name, of: UInt8.self), as: UTF8.self) }

    /// - Throws: what is no matrix of that size.
    func rows(_ offsets: String, _ columns: String, rowCount: Int, columnCount: Int) throws(FileFailure) -> CompressedSparseRows {
        guard let rows = try rowsIfAny(offsets, columns, rowCount: rowCount, columnCount: columnCount) else {
            throw failure("has no rows \(offsets)")
        }
        return rows
    }

    /// The same; nil when none was written.
    func rowsIfAny(_ offsets: String, _ columns: String, rowCount: Int, columnCount: Int) throws(FileFailure) -> CompressedSparseRows? {
        let starts = try array(offsets, of: Int.self)
        let entries = try array(columns, of: Int32.self)
        if starts.isEmpty, entries.isEmpty { return nil }
        guard let rows = CompressedSparseRows(offsets: starts, columns: entries, rowCount: rowCount, columnCount: columnCount) else {
            throw failure("has broken rows \(offsets)")
        }
        return rows
    }

    func ids(_ bytes: String, _ starts: String) throws(FileFailure) -> IdMap {
        let arena = try array(bytes, of: UInt8.self)
        guard let ids = IdMap(bytes: arena, starts: try array(starts, of: Int.self)) else { throw failure("has broken ids") }
        return ids
    }

    func list(_ bytes: String, _ starts: String) throws(FileFailure) -> [String] {
        let arena = try array(bytes, of: UInt8.self)
        let cuts = try array(starts, of: Int.self)
        guard cuts.first == 0, cuts.last == arena.count, zip(cuts, cuts.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw failure("has a broken list")
        }
        return zip(cuts, cuts.dropFirst()).map { String(decoding: arena[$0..<$1], as: UTF8.self) }
    }
}
