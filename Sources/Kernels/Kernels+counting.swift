extension Kernels {
    /// Adds to `counters`, for each position of one item, the weight of each item that follows within reach.
    ///
    /// - Parameters:
    ///   - positions: where the item stands in `sequence`.
    ///   - sequence: item per position; a negative number ends each user's events, the last user's too.
    ///   - gapWeights: of a follower at gap 1, 2, …; as many gaps as there are weights are walked.
    ///   - eventWeights: per position; empty when all are 1. A pair counts the product of its two events' weights, at least 1.
    ///   - counters: one per item. An item is noted in `touched`, which has room for all, when its counter is 0.
    /// - Returns: how many items `touched` holds.
    package static func countFollowers(
        positions: UnsafeBufferPointer<Int32>,
        sequence: UnsafeBufferPointer<Int32>,
        gapWeights: UnsafeBufferPointer<Int64>,
        eventWeights: UnsafeBufferPointer<Float>,
        counters: UnsafeMutableBufferPointer<Int64>,
        touched: UnsafeMutableBufferPointer<Int32>
    ) -> Int {
        var count = 0
        for own in positions {
            var position = Int(own) + 1
            for weight in gapWeights {
                let next = Int(sequence[position])
                if next < 0 { break }
                if counters[next] == 0 {
                    touched[count] = Int32(truncatingIfNeeded: next)
                    count += 1
                }
                counters[next] +=
                    eventWeights.isEmpty ? weight : max(1, Int64((Float(weight) * eventWeights[Int(own)] * eventWeights[position]).rounded()))
                position += 1
            }
        }
        return count
    }

    /// Adds to `counters`, for each user of one item, every item of that user's profile.
    ///
    /// - Parameters:
    ///   - positions: where the item stands in `profiles`; `users` says whose position each is.
    ///   - profiles: the users' items end to end; user `u` has `profileStarts[u]..<profileStarts[u + 1]`.
    ///   - steps: what a pair adds by the distance of its two positions; none is 0.
    ///   - counters: one per item. An item is noted in `touched`, which has room for all, when its counter is 0.
    /// - Returns: how many items `touched` holds.
    package static func countCommonUsers(
        positions: UnsafeBufferPointer<Int32>,
        users: UnsafeBufferPointer<Int32>,
        profiles: UnsafeBufferPointer<Int32>,
        profileStarts: UnsafeBufferPointer<Int>,
        steps: UnsafeBufferPointer<Int64>,
        counters: UnsafeMutableBufferPointer<Int64>,
        touched: UnsafeMutableBufferPointer<Int32>
    ) -> Int {
        var count = 0
        for index in positions.indices {
            let mine = Int(positions[index])
            let user = Int(users[index])
            for position in profileStarts[user]..<profileStarts[user + 1] {
                let other = Int(profiles[position])
                let counter = counters[other]
                // Written in any case, so that nothing depends on a guess of the processor.
                touched[count] = Int32(truncatingIfNeeded: other)
                count += counter == 0 ? 1 : 0
                counters[other] = counter + steps[abs(position - mine)]
            }
        }
        return count
    }
}
