import Kernels

extension LogLinear {
    /// Positions of a chunk: the gradient is exact inside it, with the state of everything before it.
    private static let chunkLength = 64
    /// Chunks that are computed from the same parameters. Fixed, so that the number of threads changes nothing.
    private static let batch = 4

    /// A stretch of one user's places in `Sequences.flat`; the user's first place says where the state begins.
    private struct Chunk {
        var first: Int
        var start: Int
        var end: Int
    }

    /// Trains on all positions of all users.
    /// - Parameter shouldContinue: is told the share done and the mean loss of the newest batch; false stops.
    init?(
        _ sequences: Sequences,
        _ successors: TransitionModel,
        settings: LogLinearSettings,
        shouldContinue: (Double, Double) -> Bool = { _, _ in true }
    ) {
        let trainer = Trainer(sequences, successors, settings)
        var chunks: [Chunk] = []
        var first = 0
        for place in sequences.flat.indices where sequences.flat[place] < 0 {
            // The last event of a user has nothing after it.
            for start in stride(from: first, to: place - 1, by: Self.chunkLength) {
                chunks.append(Chunk(first: first, start: start, end: min(start + Self.chunkLength, place - 1)))
            }
            first = place + 1
        }
        let total = Double(max(1, chunks.count * settings.epochs))
        for epoch in 0..<settings.epochs {
            // Users come mixed, always in the same order.
            let order = chunks.indices.map { (key: Mixing.combine(UInt64(epoch), UInt64($0)), chunk: $0) }.sorted { $0 < $1 }.map(\.chunk)
            for start in stride(from: 0, to: order.count, by: Self.batch) {
                let batch = order[start..<min(start + Self.batch, order.count)].map { chunks[$0] }
                let loss = trainer.step(batch)
                guard shouldContinue(Double(epoch * chunks.count + start) / total, loss) else { return nil }
            }
        }
        self.init(settings: settings, bias: trainer.bias, gains: trainer.gains, share: 1)
    }

    /// The parameters in training and the room to work in.
    ///
    /// `@unchecked Sendable`: a step first reads the parameters from all threads, then each thread writes the rows and columns that are its own.
    private final class Trainer: @unchecked Sendable {
        let sequences: Sequences
        let successors: TransitionModel
        let settings: LogLinearSettings
        /// How many items are candidates: those with enough events to learn from, in the order of items.
        let items: Int
        /// Item → candidate, or -1; and back.
        let slotOf: [Int32]
        let candidates: [Int32]
        /// Item × candidate: the counting model's pairs without those that lead to no candidate.
        let pairs: CompressedSparseRows
        /// The number of each pair in `TransitionModel.pairs`.
        let places: [Int32]
        /// `items`, rounded up to whole vectors.
        let width: Int
        let factors: [Float]
        let nextWeights: [Float]
        private let biasRoom: UnsafeMutableBufferPointer<Float>
        private let biasSum: UnsafeMutableBufferPointer<Float>
        private let rows: [UnsafeMutableBufferPointer<Float>]
        private let rowSums: [UnsafeMutableBufferPointer<Float>]
        private let rooms: [Room]

        /// What one chunk needs: per timescale a state, and per position the error and its decayed sums.
        private final class Room: @unchecked Sendable {
            let states: [UnsafeMutableBufferPointer<Float>]
            /// Per timescale, position × item.
            let errors: [UnsafeMutableBufferPointer<Float>]
            /// The sum of the errors of all positions.
            let total: UnsafeMutableBufferPointer<Float>
            var loss = 0.0

            init(_ scales: Int, _ width: Int) {
                states = (0..<scales).map { _ in LogLinear.room(width, 0) }
                errors = (0..<scales).map { _ in LogLinear.room(width * LogLinear.chunkLength, 0) }
                total = LogLinear.room(width, 0)
            }

            deinit { for room in states + errors + [total] { room.deallocate() } }
        }

        init(_ sequences: Sequences, _ successors: TransitionModel, _ settings: LogLinearSettings) {
            precondition(settings.decays.count == 2, "two timescales")
            self.sequences = sequences
            self.successors = successors
            self.settings = settings
            var slotOf = [Int32](repeating: -1, count: sequences.itemCount)
            var candidates: [Int32] = []
            for item in 0..<sequences.itemCount where sequences.count(of: item) >= settings.leastEvents {
                slotOf[item] = Int32(candidates.count)
                candidates.append(Int32(item))
            }
            var pairs = CompressedSparseRows()
            var places: [Int32] = []
            for item in 0..<sequences.itemCount {
                let kept = successors.pairs.entries(of: item).filter { slotOf[Int(successors.pairs.columns[$0])] >= 0 }
                pairs.append(kept.lazy.map { slotOf[Int(successors.pairs.columns[$0])] })
                places.append(contentsOf: kept.lazy.map { Int32($0) })
            }
            self.slotOf = slotOf
            self.candidates = candidates
            self.pairs = pairs
            self.places = places
            items = candidates.count
            width = (items + 7) & ~7
            factors = settings.decays.map { Float(Platform.exp(-1 / $0)) }
            nextWeights = (0..<settings.targets).map { Float(Platform.exp(-Double($0) / settings.horizon)) }
            // Beyond the last item nothing is likely.
            biasRoom = LogLinear.room(width, -1e9)
            for (slot, item) in candidates.enumerated() { biasRoom[slot] = successors.logChance[Int(item)] }
            biasSum = LogLinear.room(width, 1e-4)
            rows = settings.starts.map { start in
                let room = LogLinear.room(places.count, 0)
                for (index, place) in places.enumerated() { room[index] = Float(start) * successors.gains[Int(place)] }
                return room
            }
            rowSums = settings.starts.map { _ in LogLinear.room(places.count, 1e-4) }
            let scales = settings.decays.count
            let width = width
            rooms = (0..<LogLinear.batch).map { _ in Room(scales, width) }
        }

        deinit { for room in [biasRoom, biasSum] + rows + rowSums { room.deallocate() } }

        var bias: [Float] {
            var bias = successors.logChance
            for (slot, item) in candidates.enumerated() { bias[Int(item)] = biasRoom[slot] }
            return bias
        }

        /// Pairs that lead to no candidate stay where they started.
        var gains: [[Float]] {
            zip(rows, settings.starts).map { row, start in
                var gains = successors.gains.map { Float(start) * $0 }
                for (index, place) in places.enumerated() { gains[Int(place)] = row[index] }
                return gains
            }
        }

        /// One step on a batch of chunks.
        /// - Returns: the mean loss of a position.
        func step(_ batch: [Chunk]) -> Double {
            Threads.forEach(batch.count) { [self] in evaluate(batch[$0], rooms[$0]) }
            let parts = Threads.count * 2
            Threads.forEach(parts) { [self] part in
                updateRows(batch, part, parts)
                updateBias(batch, part, parts)
            }
            let positions = batch.reduce(0) { $0 + $1.end - $1.start }
            return zip(batch, rooms).reduce(0) { $0 + $1.1.loss } / Double(max(1, positions))
        }

        /// The state before a chunk, then for each position the softmax, the error, and backwards its decayed sums.
        private func evaluate(_ chunk: Chunk, _ room: Room) {
            for scale in factors.indices {
                room.states[scale].update(repeating: 0)
                var weight: Float = 1
                // What lies further back than the timescale's memory cannot be told from nothing.
                for place in (max(chunk.first, chunk.start - Int(settings.decays[scale] * 7))..<chunk.start).reversed() {
                    weight *= factors[scale]
                    addRow(room, scale, place, weight)
                }
            }
            room.loss = 0
            room.total.update(repeating: 0)
            for place in chunk.start..<chunk.end {
                room.loss += error(chunk, place, room)
            }
            sumBackwards(room, chunk.end - chunk.start)
        }

        private func addRow(_ room: Room, _ scale: Int, _ place: Int, _ weight: Float = 1) {
            let item = Int(sequences.flat[place])
            let state = room.states[scale]
            let gains = rows[scale]
            pairs.columns.withUnsafeBufferPointer { slots in
                Kernels.scatter(
                    pairs.entries(of: item),
                    targets: slots,
                    values: UnsafeBufferPointer(gains),
                    times: weight,
                    into: state
                )
            }
        }

        /// Writes p - y of a position into the first room of errors. The state is that of the position, not yet decayed: the row of the
        /// place is added first, and decay comes with the sum, so that memory is walked through once.
        private func error(_ chunk: Chunk, _ place: Int, _ room: Room) -> Double {
            let base = (place - chunk.start) * width
            let errors = UnsafeMutableBufferPointer(rebasing: room.errors[0][base..<base + width])
            for scale in factors.indices { addRow(room, scale, place) }
            errors.withMemoryRebound(to: SIMD8<Float>.self) { sums in
                biasRoom.withMemoryRebound(to: SIMD8<Float>.self) { bias in
                    room.states[0].withMemoryRebound(to: SIMD8<Float>.self) { short in
                        room.states[1].withMemoryRebound(to: SIMD8<Float>.self) { long in
                            Kernels.addStates(bias: bias, short: short, long: long, decays: (factors[0], factors[1]), into: sums)
                        }
                    }
                }
            }
            // Returns to items of the window are another model's business: they are neither candidates nor targets.
            let window = max(chunk.first, place - successors.settings.window + 1)...place
            for past in window {
                let slot = Int(slotOf[Int(sequences.flat[past])])
                if slot >= 0 { errors[slot] = -1e9 }
            }
            var targets: [(item: Int, weight: Float)] = []
            var total: Float = 0
            for (gap, weight) in nextWeights.enumerated() {
                let item = Int(sequences.flat[place + 1 + gap])
                if item < 0 { break }
                let next = Int(slotOf[item])
                if next < 0 || errors[next] < -1e8 { continue }
                let scaled = sequences.weights.isEmpty ? weight : weight * sequences.weights[place + 1 + gap]
                targets.append((next, scaled))
                total += scaled
            }
            if total <= 0 {
                errors.update(repeating: 0)
                return 0
            }
            errors.withMemoryRebound(to: SIMD8<Float>.self) { errors in
                room.total.withMemoryRebound(to: SIMD8<Float>.self) { Kernels.softmax(errors, addingTo: $0) }
            }
            var loss = 0.0
            for target in targets {
                let share = target.weight / total
                loss -= Double(share) * Platform.log(max(Double(errors[target.item]), 1e-30))
            }
            // An item may be a target twice, so nothing is taken off before all is read.
            for target in targets {
                let share = target.weight / total
                errors[target.item] -= share
                room.total[target.item] -= share
            }
            return loss
        }

        /// `G[t] = e[t] + factor·G[t + 1]` per timescale; the first in place of e.
        private func sumBackwards(_ room: Room, _ positions: Int) {
            room.errors[0].withMemoryRebound(to: SIMD8<Float>.self) { short in
                room.errors[1].withMemoryRebound(to: SIMD8<Float>.self) { long in
                    Kernels.sumBackwards(short: short, long: long, positions: positions, lanes: width / 8, decays: (factors[0], factors[1]))
                }
            }
        }

        private static let gathered = 256

        /// Adagrad on the rows of the items that are this part's, position by position.
        private func updateRows(_ batch: [Chunk], _ part: Int, _ parts: Int) {
            let rate = Float(settings.rate)
            let gather = LogLinear.room(Self.gathered, 0)
            defer { gather.deallocate() }
            for (chunk, room) in zip(batch, rooms) {
                for place in chunk.start..<chunk.end {
                    let item = Int(sequences.flat[place])
                    if item % parts != part { continue }
                    let base = (place - chunk.start) * width
                    for scale in rows.indices {
                        pairs.columns.withUnsafeBufferPointer { slots in
                            Kernels.adagrad(
                                pairs.entries(of: item),
                                slots: slots,
                                slopes: UnsafeMutableBufferPointer(rebasing: room.errors[scale][base..<base + width]),
                                rate: rate,
                                values: rows[scale],
                                sums: rowSums[scale],
                                gather: gather
                            )
                        }
                    }
                }
            }
        }

        private func updateBias(_ batch: [Chunk], _ part: Int, _ parts: Int) {
            let own = items * part / parts..<items * (part + 1) / parts
            // A room's total is made anew with its next chunk, so the first may take up the others.
            for room in rooms[..<batch.count].dropFirst() { Kernels.add(own, of: room.total, into: rooms[0].total) }
            Kernels.adagrad(own, slopes: rooms[0].total, rate: Float(settings.rate), values: biasRoom, sums: biasSum)
        }
    }

    /// Room for whole vectors, aligned for them.
    private static func room(_ count: Int, _ value: Float) -> UnsafeMutableBufferPointer<Float> {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(32, (count + 7) / 8 * 32), alignment: 32)
        let room = UnsafeMutableBufferPointer(start: raw.bindMemory(to: Float.self, capacity: count), count: count)
        room.initialize(repeating: value)
        return room
    }
}
