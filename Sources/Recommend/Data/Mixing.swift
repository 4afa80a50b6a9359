/// Mixing of 64-bit numbers: seeded choices that must not depend on the order of anything.
enum Mixing {
    /// A bijection that spreads every bit of the input over the output.
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    static func combine(_ left: UInt64, _ right: UInt64) -> UInt64 { mix(left &* 0x2545_f491_4f6c_dd1d ^ right) }

    static func hash(_ text: String, seed: UInt64) -> UInt64 {
        text.utf8.reduce(mix(seed)) { combine($0, UInt64($1)) }
    }
}
