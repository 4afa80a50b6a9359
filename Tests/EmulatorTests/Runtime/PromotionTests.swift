import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator

@Suite struct PromotionTests {
    private static func promotion(_ filter: String, percent: Int = 20, more: String = "") -> String {
        #""promotions":[{"name":"sale","percentPromotedItems":\#(percent),"filterArn":"\#(filter)"\#(more)}]"#
    }

    @Test func `a share of the list is promoted, each kind in its order`() throws {
        let shop = try ShopHarness(seed: 7).open()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        let dramas = try shop.filter(#"INCLUDE ItemID WHERE Items.GENRE IN ("Drama")"#, name: "dramas")
        let comedies = try shop.filter(#"INCLUDE ItemID WHERE Items.GENRE IN ("Comedy")"#, name: "comedies")
        let asked = #""filterArn":"\#(comedies)",\#(Self.promotion(dramas, percent: 25))"#
        let lines = try shop.list(campaign, count: 10, asked)
        let promoted = lines.filter { $0["promotionName"] == .string("sale") }
        // A quarter of ten is 2.5, and AWS rounds down.
        #expect(lines.count == 10 && promoted.count == 2)
        #expect(Set(lines.map { $0.required("itemId").text }).count == 10)
        #expect(promoted.allSatisfy { (Int($0.required("itemId").text.dropFirst()) ?? 1) % 5 == 0 })
        let others = lines.filter { $0["promotionName"] == nil }
        #expect(others.allSatisfy { (Int($0.required("itemId").text.dropFirst()) ?? 1) % 2 == 0 })
        for kind in [promoted, others] {
            let scores = kind.map { $0.required("score").number }
            #expect(scores == scores.sorted(by: >))
        }
        let best = try shop.items(campaign, count: 2, #""filterArn":"\#(dramas)""#)
        #expect(promoted.map { $0.required("itemId").text } == best)
        #expect(try shop.list(campaign, count: 10, asked) == lines)
    }

    /// 30 % of 15 gave 4 at AWS.
    @Test(arguments: [(30, 15, 4), (10, 25, 2), (100, 7, 7), (99, 10, 9), (1, 10, 1), (1, 500, 5)])
    func `shares are rounded down`(percent: Int, results: Int, promoted: Int) {
        #expect(PromotionPlan.count(percent: percent, of: results) == promoted)
    }

    @Test func `promoted items stand at different places for different users`() throws {
        let shop = try ShopHarness(seed: 7).open()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        let dramas = try shop.filter(#"INCLUDE ItemID WHERE Items.GENRE IN ("Drama")"#)
        let places = try (0..<20).map { user in
            try shop.list(campaign, user: "u\(user)", count: 10, Self.promotion(dramas)).map { $0["promotionName"] != nil }
        }
        #expect(Set(places).count > 5)
        #expect(places.allSatisfy { $0.filter(\.self).count == 2 })
    }

    @Test func `fewer that can be promoted leave room for others`() throws {
        let shop = try ShopHarness().open()
        let campaign = try shop.harness.deploy("aws-popularity-count")
        let one = try shop.filter("INCLUDE ItemID WHERE Items.YEAR = 1983")
        let lines = try shop.list(campaign, count: 10, Self.promotion(one, percent: 100))
        #expect(lines.count == 10)
        #expect(lines.filter { $0["promotionName"] != nil }.map { $0.required("itemId").text } == ["i3"])
    }

    @Test func `what a promotion lacks, or cannot be, is refused`() throws {
        let shop = try ShopHarness().open()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        let filter = try shop.filter("INCLUDE ItemID WHERE Items.YEAR = $Y")
        func code(_ promotion: String) -> String? {
            shop.harness.refusal("/recommendations", #"{"campaignArn":"\#(campaign)","userId":"u1","promotions":[\#(promotion)]}"#)?.code
        }
        #expect(code(#"{"name":"a","percentPromotedItems":10}"#) == "InvalidInputException")
        #expect(code(#"{"name":"a","filterArn":"\#(filter)"}"#) == "InvalidInputException")
        #expect(code(#"{"percentPromotedItems":10,"filterArn":"\#(filter)"}"#) == "InvalidInputException")
        #expect(code(#"{"name":"a","percentPromotedItems":0,"filterArn":"\#(filter)"}"#) == "InvalidInputException")
        #expect(code(#"{"name":"a","percentPromotedItems":10,"filterArn":"\#(filter)"}"#) == "InvalidInputException")
        #expect(code(#"{"name":"a","percentPromotedItems":10,"filterArn":"\#(filter)","filterValues":{"Y":"1983"}}"#) == nil)
        #expect(code(#"{"name":"a","percentPromotedItems":10,"filterArn":"\#(ShopHarness.account):filter/none"}"#) == "ResourceNotFoundException")
        #expect([1, 2, 50, 99, 100].map { PromotionPlan.count(percent: $0, of: 25) } == [1, 1, 12, 24, 25])
    }
}
