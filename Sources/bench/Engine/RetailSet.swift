import Glibc
import Recommend

/// Interactions of a made shop: sessions with pauses of days between them, several events per product, and returns that differ by category.
///
/// A user likes a few categories and one price range. A session is about one or two categories; each product looked at is either one that the
/// user touched before, likelier the newer and the more often, or a new one by popularity and price. It gets one to four views; some are put
/// into the cart and some of those bought. What was bought is bought again if the category is used up (half are), and not looked at again if
/// it lasts. No rule mentions pairs of items beyond their category, nor the number of events between two touches, so nothing here is shaped
/// like the models that are measured on it.
struct RetailSet {
    struct Event {
        var user: Int
        var item: Int
        /// Seconds since 1970.
        var time: Int64
        var type: String
        /// Which of the user's sessions it is part of, and the category that the session is about: for `RetailOracle` alone.
        var session: Int
        var category: Int
    }

    /// What a user likes.
    struct Shopper {
        var liked: [Int]
        var price: Int
    }

    var users = 1000
    var items = 1000
    var sessions = 9
    var seed: UInt64 = 1

    private static let categories = 20
    private static let prices = 4
    /// How often a product that was touched before is looked for.
    static let returnShare = 0.7

    func category(_ item: Int) -> Int { item % Self.categories }
    func priceRange(_ item: Int) -> Int { item / Self.categories % Self.prices }
    /// Whether what was bought of a category is used up and bought again.
    func isUsedUp(_ category: Int) -> Bool { category % 2 == 0 }

    /// Oldest first within a user.
    func events() -> [Event] {
        (0..<users).flatMap { user in
            var dice = dice(of: user)
            return events(of: user, &dice)
        }
    }

    func shopper(_ user: Int) -> Shopper {
        var dice = dice(of: user)
        return Self.shopper(&dice)
    }

    private func dice(of user: Int) -> MadeSet.Dice {
        MadeSet.Dice(state: seed &* 0x1_0000_0001 &+ UInt64(user))
    }

    private static func shopper(_ dice: inout MadeSet.Dice) -> Shopper {
        let liked = (0..<3).map { _ in Int(dice.next() % UInt64(categories)) }
        return Shopper(liked: liked, price: Int(dice.next() % UInt64(prices)))
    }

    private struct Touched {
        var item: Int
        var session: Int
        var times: Int
        var isDone: Bool
    }

    private func events(of user: Int, _ dice: inout MadeSet.Dice) -> [Event] {
        let shopper = Self.shopper(&dice)
        var time: Int64 = 1_700_000_000 + Int64(dice.next() % 2_000_000)
        var touched: [Touched] = []
        var events: [Event] = []
        for session in 0..<1 + Int(dice.next() % UInt64(2 * sessions)) {
            time += 20_000 + Int64(dice.unit() * dice.unit() * 1_500_000)
            let own = dice.unit() < 0.85 ? shopper.liked[Int(dice.next() % 3)] : Int(dice.next() % UInt64(Self.categories))
            for _ in 0..<2 + dice.next() % 4 {
                let item = Self.returns(to: touched, own: own, session: session, &dice, category) ?? fresh(own, shopper.price, &dice)
                let index = touched.firstIndex { $0.item == item } ?? touched.count
                if index == touched.count { touched.append(Touched(item: item, session: session, times: 0, isDone: false)) }
                touched[index].session = session
                touched[index].times += 1
                var types = [String](repeating: "View", count: 1 + Int(dice.next() % 4))
                if dice.unit() < 0.35 { types.append("AddToCart") }
                if types.last == "AddToCart", dice.unit() < 0.5 {
                    types.append("Purchase")
                    touched[index].isDone = !isUsedUp(own)
                }
                for type in types {
                    time += 5 + Int64(dice.next() % 90)
                    events.append(Event(user: user, item: item, time: time, type: type, session: session, category: own))
                }
            }
        }
        return events
    }

    /// A product touched before, of the session's category mostly: `times / (1 + sessions since)` is its weight.
    private static func returns(
        to touched: [Touched],
        own: Int,
        session: Int,
        _ dice: inout MadeSet.Dice,
        _ category: (Int) -> Int
    ) -> Int? {
        if dice.unit() > returnShare { return nil }
        let open = touched.filter { !$0.isDone }
        let weights = open.map { Double($0.times) / Double(1 + session - $0.session) * (category($0.item) == own ? 1 : 0.15) }
        var left = dice.unit() * weights.reduce(0, +)
        for (index, weight) in weights.enumerated() {
            left -= weight
            if left < 0 { return open[index].item }
        }
        return nil
    }

    /// A product of a category by popularity, of the user's price range mostly.
    private func fresh(_ own: Int, _ price: Int, _ dice: inout MadeSet.Dice) -> Int {
        let range = dice.unit() < 0.8 ? price : Int(dice.next() % UInt64(Self.prices))
        let kind = own + Self.categories * range
        let many = max(1, items / (Self.categories * Self.prices))
        let rank = dice.unit() * dice.unit()
        return min(kind + Int(rank * Double(many)) * Self.categories * Self.prices, items - 1)
    }

    /// The probability that `fresh` gives `item` to a user of a price range, in a session about the item's category.
    func freshProbability(of item: Int, price: Int) -> Double {
        let many = max(1, items / (Self.categories * Self.prices))
        // The distribution of the product of two uniform numbers.
        let below = { (part: Double) in part > 0 ? part * (1 - log(part)) : 0 }
        let rank = Double(item / (Self.categories * Self.prices))
        let others = 0.2 / Double(Self.prices)
        return (priceRange(item) == price ? 0.8 + others : others) * (below(min(1, (rank + 1) / Double(many))) - below(min(1, rank / Double(many))))
    }
}
