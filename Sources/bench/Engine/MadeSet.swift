/// Interactions made by arithmetic from a seed: users and items by a power law, half of the steps along paths that items have, the rest at large.
struct MadeSet {
    let events: Int
    let users: Int
    let items: Int
    var seed: UInt64 = 1

    struct Dice {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }

        mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
    }

    /// Calls `body` with user, item, seconds since 1970 and whether it was a watch (else a click), in the order of time.
    func forEach(_ body: (Int, Int, Int, Bool) -> Void) {
        var dice = Dice(state: seed)
        var newest = [Int32](repeating: -1, count: users)
        for event in 0..<events {
            // The cube of a uniform number: the first tenth of the items has almost half of the events at large.
            let user = Int(square(dice.unit()) * Double(users))
            let draw = dice.unit()
            var item = Int(square(draw) * draw * Double(items))
            let before = Int(newest[user])
            if before >= 0, dice.next() & 1 == 0 {
                var path = Dice(state: UInt64(before) &* 8 &+ dice.next() % 4)
                item = Int(square(path.unit()) * Double(items))
            }
            newest[user] = Int32(item)
            body(user, item, 1_600_000_000 + event * 3, dice.next() % 4 == 0)
        }
    }

    private func square(_ number: Double) -> Double { number * number }

    static let header = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n"

    /// A Personalize CSV, in pieces of about a megabyte.
    func csv(_ piece: ([UInt8]) -> Void) {
        var bytes = Array(Self.header.utf8)
        forEach { user, item, time, isWatch in
            bytes.append(UInt8(ascii: "u"))
            Self.append(user, to: &bytes)
            bytes.append(contentsOf: [UInt8(ascii: ","), UInt8(ascii: "i")])
            Self.append(item, to: &bytes)
            bytes.append(UInt8(ascii: ","))
            Self.append(time, to: &bytes)
            bytes.append(contentsOf: isWatch ? Array(",watch\n".utf8) : Array(",click\n".utf8))
            if bytes.count > 1 << 20 {
                piece(bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        piece(bytes)
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(48 + number / divisor % 10))
            divisor /= 10
        }
    }
}
