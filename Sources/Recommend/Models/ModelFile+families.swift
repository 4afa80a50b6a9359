/// The parts of a model file that belong to one family. Sections have names of four letters; `F` and `C` begin those of features.
extension ArrayFileWriter {
    mutating func write(_ model: TransitionModel) {
        let settings = model.settings
        write(
            "SSET",
            [
                settings.gapDecay, settings.smoothing, settings.strength, settings.historyDecay, settings.priorPower, settings.priorCount,
                settings.temperature, Double(settings.window), settings.decaysHistory ? 1 : 0, settings.repeatStrength,
            ]
        )
        write("SLOG", model.logProbability)
        write("SREP", model.repeats.logProbability)
        write(model.pairs, "SROW", "SSUC")
        write("SGAI", model.pairWeights)
    }

    mutating func write(_ model: Neighbours) {
        let settings = model.settings
        write(
            "NSET",
            [
                settings.popularityDiscount, Double(settings.leastShared), settings.shrinkage, settings.nearness, settings.lasting,
                Double(settings.kept), settings.metadata,
            ]
        )
        write(model.similar, "NROW", "NNEI")
        write("NCOS", model.cosines)
        write(model.others, "NOTR", "NOTN")
        write("NIND", [UInt8(model.index == nil ? 0 : 1)])
    }

    mutating func write(_ model: PersonalizedModel) {
        write(model.successors)
        write("LSET", model.trained.map { $0.settings.decays + [Double($0.share), $0.settings.priorDiscount] } ?? [])
        write("LBIA", model.trained?.bias ?? [])
        write("LGA0", model.trained?.pairWeights[0] ?? [])
        write("LGA1", model.trained?.pairWeights[1] ?? [])
        write("PNEW", model.newcomers)
        write(list: model.returns?.learnt.types ?? [], "RTYB", "RTYS")
        write("RWEI", model.returns?.learnt.weights ?? [])
        write("RODD", model.returns?.odds ?? [])
        write("RNEW", model.returns.map { [$0.newest] } ?? [])
        write("PSET", [Int64(model.cold?.warm ?? 0)])
        write("RVAL", model.reward?.values ?? [])
        write("RBON", model.reward?.bonus ?? [])
        write(model.impressions?.passed, "IMPS", "IMPI")
        write("IMPT", model.impressions?.times ?? [])
        write(ids: model.conditions?.users ?? IdMap(), "CUSB", "CUSS")
        write(model.conditions?.features, "C")
        for (lifts, mark) in [(model.conditions?.userLifts, "U"), (model.conditions?.contextLifts, "V")] {
            write(ids: lifts?.tokens ?? IdMap(), mark + "TKB", mark + "TKS")
            write(lifts?.pairs, mark + "ROW", mark + "ITM")
            write(mark + "GAI", lifts?.pairWeights ?? [])
        }
    }

    mutating func write(_ model: Actions) {
        write(ids: model.ids, "ACTB", "ACTS")
        write("AVAL", model.actions.map(\.value))
        write("AEXP", model.actions.map { $0.expires ?? .min })
        write("AREP", model.actions.map { $0.repeatDays ?? .min })
        write("ASCO", model.actions.map { UInt8($0.isScored ? 1 : 0) })
        write("AWEI", model.model.weights)
        write(ids: model.described, "CUSB", "CUSS")
        write(model.features, "C")
        write(ids: model.users, "AUSB", "AUSS")
        write("RECA", model.record.flatMap { [$0.user, $0.action, $0.taken, $0.passed] })
        write("RECT", model.record.map(\.lastTaken))
    }

    mutating func write(_ features: Features?, _ mark: String) {
        write(mark + "SET", features.map { [$0.reading.flag] } ?? [])
        write(ids: features?.tokens ?? IdMap(), mark + "TKB", mark + "TKS")
        write(mark + "RAR", features?.rarity ?? [])
        write(features?.rows, mark + "STA", mark + "TOK")
        write(mark + "WEI", features?.weights ?? [])
        let borders = (features?.borders ?? [:]).sorted { $0.key < $1.key }
        write(list: borders.map(\.key), mark + "BNB", mark + "BNS")
        write(mark + "BOR", borders.flatMap(\.value))
        write(mark + "BOC", borders.map { Int64($0.value.count) })
    }

    mutating func write(_ selection: Interactions.Selection) {
        let weights = selection.weights
        write(list: [selection.eventType.map { "=" + $0 } ?? ""] + weights.map(\.eventType), "SELB", "SELS")
        write("SELT", [selection.eventValueThreshold ?? .nan] + weights.map { $0.eventValueThreshold ?? .nan })
        write("SELW", weights.map(\.weight))
    }
}

extension Features.Reading {
    /// As it stands in a file.
    fileprivate var flag: UInt8 {
        switch self {
        case .metadata: 0
        case .text: 1
        case .attributes: 2
        }
    }

    fileprivate init?(flag: UInt8) {
        switch flag {
        case 0: self = .metadata
        case 1: self = .text
        case 2: self = .attributes
        default: return nil
        }
    }
}

extension ArrayFileReader {
    private var mismatch: FileFailure { failure("does not fit together") }

    func successors(_ itemCount: Int) throws(FileFailure) -> TransitionModel {
        let numbers = try array("SSET", of: Double.self)
        let logProbabilities = try array("SLOG", of: Float.self)
        let repeats = try array("SREP", of: Float.self)
        let pairs = try rows("SROW", "SSUC", rowCount: itemCount, columnCount: itemCount)
        let pairWeights = try array("SGAI", of: Float.self)
        guard numbers.count == 10, logProbabilities.count == itemCount, pairWeights.count == pairs.entryCount, (0...4096).contains(numbers[7]),
            numbers[6] > 0,
            repeats.count == Repeats.mostTouches * Int(numbers[7])
        else { throw mismatch }
        var settings = TransitionSettings()
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
        return TransitionModel(
            settings: settings,
            logProbability: logProbabilities,
            repeats: Repeats(logProbability: repeats, window: settings.window),
            pairs: pairs,
            pairWeights: pairWeights
        )
    }

    func neighbours(_ itemCount: Int, _ features: Features?) throws(FileFailure) -> Neighbours {
        let numbers = try array("NSET", of: Double.self)
        let rows = try rows("NROW", "NNEI", rowCount: itemCount, columnCount: itemCount)
        guard numbers.count == 7, let leastShared = Int(exactly: numbers[1]), let kept = Int(exactly: numbers[5]), (0...1 << 20).contains(kept)
        else { throw mismatch }
        var settings = NeighbourSettings()
        settings.popularityDiscount = numbers[0]
        settings.leastShared = leastShared
        settings.shrinkage = numbers[2]
        settings.nearness = numbers[3]
        settings.lasting = numbers[4]
        settings.kept = kept
        settings.metadata = numbers[6]
        // Older versions have all neighbours in one list, the similarity of their metadata counted in.
        var others = CompressedSparseRows()
        guard version >= 4 else {
            others.appendEmptyRows(itemCount)
            return Neighbours(settings: settings, similar: rows, cosines: [], others: others, index: nil)
        }
        others = try self.rows("NOTR", "NOTN", rowCount: itemCount, columnCount: itemCount)
        let cosines = try array("NCOS", of: Float.self)
        let isIndexed = try array("NIND", of: UInt8.self) == [1]
        guard cosines.count == (isIndexed ? rows.entryCount : 0), !isIndexed || features != nil else { throw mismatch }
        let index = isIndexed ? features.map { InvertedIndex($0) } : nil
        return Neighbours(settings: settings, similar: rows, cosines: cosines, others: others, index: index)
    }

    func personal(_ parts: TrainedModel.Parts) throws(FileFailure) -> PersonalizedModel {
        let itemCount = parts.items.count
        let successors = try successors(itemCount)
        var personal = PersonalizedModel(successors, trained: try logLinear(successors))
        personal.newcomers = try array("PNEW", of: Float.self)
        guard personal.newcomers.count == itemCount else { throw mismatch }
        let flags = try array("PSET", of: Int64.self)
        guard flags.count == 1, let warm = Int32(exactly: flags[0]), warm >= 0 else { throw mismatch }
        if warm > 0, let features = parts.features {
            personal.cold = ColdItems(features, users: parts.popularity.uniqueUsers, warm: warm)
        }
        if version >= 3 { personal.returns = try returns(itemCount) }
        let values = try array("RVAL", of: Float.self)
        let bonus = try array("RBON", of: Float.self)
        guard values.count == bonus.count, values.isEmpty || values.count == itemCount else { throw mismatch }
        if !values.isEmpty { personal.reward = Reward(values: values, bonus: bonus) }
        let times = try array("IMPT", of: Int32.self)
        if let passed = try rowsIfAny("IMPS", "IMPI", rowCount: parts.users.count, columnCount: itemCount) {
            guard times.count == passed.entryCount else { throw mismatch }
            personal.impressions = Impressions(passed: passed, times: times)
        }
        let users = try ids("CUSB", "CUSS")
        if let features = try features("C", count: users.count) {
            personal.conditions = Conditions(
                users: users,
                features: features,
                userLifts: try lifts("U", itemCount),
                contextLifts: try lifts("V", itemCount)
            )
        }
        return personal
    }

    private func returns(_ itemCount: Int) throws(FileFailure) -> Returns? {
        let types = try list("RTYB", "RTYS")
        let weights = try array("RWEI", of: Double.self)
        let odds = try array("RODD", of: Float.self)
        let newest = try array("RNEW", of: Int64.self)
        if newest.isEmpty { return nil }
        guard newest.count == 1, types.count <= Returns.mostTypes, weights.count == Returns.width(types: types.count), odds.count == itemCount,
            weights.allSatisfy(\.isFinite), odds.allSatisfy(\.isFinite)
        else { throw mismatch }
        return Returns(learnt: Returns.Learnt(types: types, weights: weights), odds: odds, newest: newest[0])
    }

    private func logLinear(_ successors: TransitionModel) throws(FileFailure) -> LogLinear? {
        let numbers = try array("LSET", of: Double.self)
        if numbers.isEmpty { return nil }
        let bias = try array("LBIA", of: Float.self)
        let pairWeights = [try array("LGA0", of: Float.self), try array("LGA1", of: Float.self)]
        guard numbers.count == 4, bias.count == successors.itemCount, pairWeights.allSatisfy({ $0.count == successors.pairWeights.count }) else {
            throw mismatch
        }
        var settings = LogLinearSettings()
        settings.decays = Array(numbers[0..<2])
        settings.priorDiscount = numbers[3]
        return LogLinear(settings: settings, bias: bias, pairWeights: pairWeights, share: Float(numbers[2]))
    }

    private func lifts(_ mark: String, _ itemCount: Int) throws(FileFailure) -> ConditionalLift {
        let tokens = try ids(mark + "TKB", mark + "TKS")
        let pairs = try rows(mark + "ROW", mark + "ITM", rowCount: tokens.count, columnCount: itemCount)
        let pairWeights = try array(mark + "GAI", of: Float.self)
        guard pairWeights.count == pairs.entryCount else { throw mismatch }
        return ConditionalLift(tokens: tokens, pairs: pairs, pairWeights: pairWeights)
    }

    func actions() throws(FileFailure) -> Actions {
        let names = try ids("ACTB", "ACTS")
        let values = try array("AVAL", of: Double.self)
        let expires = try array("AEXP", of: Int64.self)
        let repeats = try array("AREP", of: Int64.self)
        let scored = try array("ASCO", of: UInt8.self)
        let weights = try array("AWEI", of: Double.self)
        let described = try ids("CUSB", "CUSS")
        let users = try ids("AUSB", "AUSS")
        let record = try array("RECA", of: Int32.self)
        let times = try array("RECT", of: Int64.self)
        guard let features = try features("C", count: described.count), values.count == names.count, expires.count == names.count,
            repeats.count == names.count, scored.count == names.count,
            weights.count == Actions.shared + names.count * (1 + features.tokens.count), record.count == 4 * times.count
        else { throw mismatch }
        let records = times.indices.map { index in
            let line = record[4 * index..<4 * index + 4]
            let first = line.startIndex
            return Actions.Record(
                user: line[first],
                action: line[first + 1],
                taken: line[first + 2],
                passed: line[first + 3],
                lastTaken: times[index]
            )
        }
        guard records.allSatisfy({ $0.action >= 0 && Int($0.action) < names.count && Self.isCount($0.taken) && Self.isCount($0.passed) }),
            repeats.allSatisfy({ $0 == .min || (0...1 << 40).contains($0) })
        else { throw mismatch }
        return Actions(
            ids: names,
            actions: values.indices.map {
                Actions.Action(
                    value: values[$0],
                    expires: expires[$0] == .min ? nil : expires[$0],
                    repeatDays: repeats[$0] == .min ? nil : repeats[$0],
                    isScored: scored[$0] != 0
                )
            },
            model: Logistic(weights: weights),
            described: described,
            features: features,
            users: users,
            record: records
        )
    }

    /// Whether sums of such numbers over all actions cannot overflow.
    private static func isCount(_ number: Int32) -> Bool { (0...1 << 20).contains(number) }

    /// nil when none were saved.
    func features(_ mark: String, count: Int) throws(FileFailure) -> Features? {
        let flags = try array(mark + "SET", of: UInt8.self)
        guard let flag = flags.first else { return nil }
        guard let reading = Features.Reading(flag: flag) else { throw mismatch }
        let tokens = try ids(mark + "TKB", mark + "TKS")
        let rarity = try array(mark + "RAR", of: Float.self)
        let rows = try rows(mark + "STA", mark + "TOK", rowCount: count, columnCount: tokens.count)
        let weights = try array(mark + "WEI", of: Float.self)
        let names = try list(mark + "BNB", mark + "BNS")
        let values = try array(mark + "BOR", of: Double.self)
        let counts = try array(mark + "BOC", of: Int64.self)
        guard rarity.count == tokens.count, weights.count == rows.entryCount, counts.count == names.count,
            counts.allSatisfy({ (0...9).contains($0) }), counts.reduce(0, +) == Int64(values.count),
            Set(names).count == names.count
        else { throw mismatch }
        var borders: [String: [Double]] = [:]
        var start = 0
        for (name, count) in zip(names, counts) {
            borders[name] = Array(values[start..<start + Int(count)])
            start += Int(count)
        }
        return Features(
            tokens: tokens,
            rarity: rarity,
            rows: rows,
            weights: weights,
            borders: borders,
            reading: reading
        )
    }

    func selection() throws(FileFailure) -> Interactions.Selection {
        let names = try list("SELB", "SELS")
        let thresholds = try array("SELT", of: Double.self)
        let weights = try array("SELW", of: Double.self)
        guard let type = names.first, thresholds.count == names.count, weights.count == names.count - 1 else { throw mismatch }
        func threshold(_ index: Int) -> Double? { thresholds[index].isNaN ? nil : thresholds[index] }
        return Interactions.Selection(
            eventType: type.isEmpty ? nil : String(type.dropFirst()),
            eventValueThreshold: threshold(0),
            weights: weights.indices.map {
                Interactions.EventWeight(eventType: names[$0 + 1], eventValueThreshold: threshold($0 + 1), weight: weights[$0])
            }
        )
    }
}
