extension Kernels {
    /// Adds to `counters`, for each of the places of one item, the weight of each item that follows within reach.
    ///
    /// - Parameters:
    ///   - places: where the item stands in `sequence`.
    ///   - sequence: item per place; a negative number ends each user's events, the last user's too.
    ///   - gapWeights: of a follower at gap 1, 2, …; as many gaps as there are weights are walked.
    ///   - eventWeights: per place; empty when all are 1. A pair counts the product of its two events' weights, at least 1.
    ///   - counters: one per item. An item is noted in `touched`, which has room for all, when its counter is 0.
    /// - Returns: how many items `touched` holds.
    package static func countFollowers(
        places: UnsafeBufferPointer<Int32>,
        sequence: UnsafeBufferPointer<Int32>,
        gapWeights: UnsafeBufferPointer<Int64>,
        eventWeights: UnsafeBufferPointer<Float>,
        counters: UnsafeMutableBufferPointer<Int64>,
        touched: UnsafeMutableBufferPointer<Int32>
    ) -> Int {
        var count = 0
        for own in places {
            var place = Int(own) + 1
            for weight in gapWeights {
                let next = Int(sequence[place])
                if next < 0 { break }
                if counters[next] == 0 {
                    touched[count] = Int32(truncatingIfNeeded: next)
                    count += 1
                }
                counters[next] +=
                    eventWeights.isEmpty ? weight : max(1, Int64((Float(weight) * eventWeights[Int(own)] * eventWeights[place]).rounded()))
                place += 1
            }
        }
        return count
    }

    /// Adds to `counters`, for each user of one item, every item of that user's profile.
    ///
    /// - Parameters:
    ///   - places: where the item stands in `profiles`; `users` says whose place each is.
    ///   - profiles: the users' items end to end; user `u` has `profileStarts[u]..<profileStarts[u + 1]`.
    ///   - steps: what a pair adds by the distance of its two places; none is 0.
    ///   - counters: one per item. An item is noted in `touched`, which has room for all, when its counter is 0.
    /// - Returns: how many items `touched` holds.
    package static func countCommonUsers(
        places: UnsafeBufferPointer<Int32>,
        users: UnsafeBufferPointer<Int32>,
        profiles: UnsafeBufferPointer<Int32>,
        profileStarts: UnsafeBufferPointer<Int>,
        steps: UnsafeBufferPointer<Int64>,
        counters: UnsafeMutableBufferPointer<Int64>,
        touched: UnsafeMutableBufferPointer<Int32>
    ) -> Int {
        var count = 0
        for index in places.indices {
            let mine = Int(places[index])
            let user = Int(users[index])
            for place in profileStarts[user]..<profileStarts[user + 1] {
                let other = Int(profiles[place])
                let counter = counters[other]
                // Written in any case, so that nothing depends on a guess of the processor.
                touched[count] = Int32(truncatingIfNeeded: other)
                count += counter == 0 ? 1 : 0
                counters[other] = counter + steps[abs(place - mine)]
            }
        }
        return count
    }
}
