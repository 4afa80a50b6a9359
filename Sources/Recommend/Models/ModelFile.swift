/// Trained models on disk. A loaded model answers bit for bit as the saved one.
extension TrainedModel {
    private static let kind = "MODL"
    private static let version: UInt32 = 1

    package func save(to path: String) throws(FileFailure) {
        var file = try ArrayFileWriter(path: path, kind: Self.kind, version: Self.version)
        file.write("RECP", Array(recipe.rawValue.utf8))
        file.write(ids: items, "ITMB", "ITMS")
        file.write(ids: users, "USRB", "USRS")
        file.write("HSTS", historyStarts)
        file.write("HSTI", historyItems)
        file.write("HSTT", historyTimes)
        file.write("UNIQ", popularity.uniqueUsers)
        file.write("CREA", ages.created)
        file.write("STRM", [Int64(streamedEvents)])
        file.write(list: hyperparameters.flatMap { [$0.name, $0.value] }, "HYPB", "HYPS")
        switch family {
        case .successors(let model):
            let settings = model.settings
            file.write(
                "SSET",
                [
                    settings.gapDecay, settings.smoothing, settings.strength, settings.historyDecay, settings.priorPower, settings.priorCount,
                    settings.temperature, Double(settings.window), settings.decaysHistory ? 1 : 0, settings.repeatStrength,
                ]
            )
            file.write("SLOG", model.logChance)
            file.write("SREP", model.repeats.logChance)
            file.write("SROW", model.rowStarts)
            file.write("SSUC", model.successors)
            file.write("SGAI", model.gains)
        case .neighbours(let model):
            let settings = model.settings
            file.write(
                "NSET",
                [
                    settings.popularityDiscount, Double(settings.leastShared), settings.shrinkage, settings.nearness, settings.lasting,
                    Double(settings.kept),
                ]
            )
            file.write("NROW", model.rowStarts)
            file.write("NNEI", model.neighbours)
        case .popularity: break
        }
        try file.commit()
    }

    package static func load(from path: String) throws(FileFailure) -> TrainedModel {
        let file = try ArrayFileReader(path: path, kind: kind, versions: version...version)
        guard let recipe = Recipe(rawValue: String(decoding: try file.array("RECP", of: UInt8.self), as: UTF8.self)) else {
            throw file.failure("is of an unknown recipe")
        }
        let items = try file.ids("ITMB", "ITMS")
        let users = try file.ids("USRB", "USRS")
        let starts = try file.array("HSTS", of: Int.self)
        let history = try file.array("HSTI", of: Int32.self)
        let times = try file.array("HSTT", of: Int64.self)
        let unique = try file.array("UNIQ", of: Int32.self)
        let created = try file.array("CREA", of: Int64.self)
        let streamed = try file.array("STRM", of: Int64.self)
        let parameters = try file.list("HYPB", "HYPS")
        guard isRows(starts, count: users.count, of: history, below: items.count), times.count == history.count, unique.count == items.count,
            created.count == items.count, streamed.count == 1, parameters.count % 2 == 0
        else { throw file.failure("does not fit together") }
        return TrainedModel(
            recipe: recipe,
            items: items,
            users: users,
            historyStarts: starts,
            historyItems: history,
            historyTimes: times,
            popularity: Popularity(uniqueUsers: unique),
            ages: ItemAges(created: created),
            family: try family(of: recipe, in: file, itemCount: items.count),
            streamedEvents: Int(streamed[0]),
            hyperparameters: stride(from: 0, to: parameters.count, by: 2).map { (parameters[$0], parameters[$0 + 1]) }
        )
    }

    private static func family(of recipe: Recipe, in file: borrowing ArrayFileReader, itemCount: Int) throws(FileFailure) -> Family {
        switch recipe {
        case .userPersonalization, .personalizedRanking:
            let numbers = try file.array("SSET", of: Double.self)
            let chances = try file.array("SLOG", of: Float.self)
            let repeats = try file.array("SREP", of: Float.self)
            let rows = try file.array("SROW", of: Int.self)
            let successors = try file.array("SSUC", of: Int32.self)
            let gains = try file.array("SGAI", of: Float.self)
            guard numbers.count == 10, chances.count == itemCount, isRows(rows, count: itemCount, of: successors, below: itemCount),
                gains.count == successors.count, (0...4096).contains(numbers[7]), numbers[6] > 0,
                repeats.count == Repeats.mostTouches * Int(numbers[7])
            else { throw file.failure("does not fit together") }
            var settings = SuccessorSettings()
            settings.gapDecay = numbers[0]
            settings.smoothing = numbers[1]
            settings.strength = numbers[2]
            settings.historyDecay = numbers[3]
            settings.priorPower = numbers[4]
            settings.priorCount = numbers[5]
            settings.temperature = numbers[6]
            settings.window = Int(numbers[7])
            settings.decaysHistory = numbers[8] != 0
            settings.repeatStrength = numbers[9]
            return .successors(
                Successors(
                    settings: settings,
                    logChance: chances,
                    repeats: Repeats(logChance: repeats, window: settings.window),
                    rowStarts: rows,
                    successors: successors,
                    gains: gains
                )
            )
        case .sims:
            let numbers = try file.array("NSET", of: Double.self)
            let rows = try file.array("NROW", of: Int.self)
            let neighbours = try file.array("NNEI", of: Int32.self)
            guard numbers.count == 6, isRows(rows, count: itemCount, of: neighbours, below: itemCount) else {
                throw file.failure("does not fit together")
            }
            var settings = NeighbourSettings()
            settings.popularityDiscount = numbers[0]
            settings.leastShared = Int(numbers[1])
            settings.shrinkage = numbers[2]
            settings.nearness = numbers[3]
            settings.lasting = numbers[4]
            settings.kept = Int(numbers[5])
            return .neighbours(Neighbours(settings: settings, rowStarts: rows, neighbours: neighbours))
        case .popularityCount: return .popularity
        }
    }

    /// Whether `starts` cut `values` into `count` rows of indices below `limit`: what the unchecked loops of scoring rely on.
    private static func isRows(_ starts: [Int], count: Int, of values: [Int32], below limit: Int) -> Bool {
        starts.count == count + 1 && starts.first == 0 && starts.last == values.count && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }
            && values.allSatisfy { $0 >= 0 && Int($0) < limit }
    }
}

extension ArrayFileWriter {
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
