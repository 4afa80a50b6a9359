import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// New items enter deployed models every two hours, or when asked to.
@Suite struct ItemPoolTests {
    @Test func `new items come with the update that is due, and not before`() throws {
        let shop = try ShopHarness().open()
        let campaign = try shop.harness.deploy("aws-user-personalization", config: #"{"itemExplorationConfig":{"explorationWeight":"1"}}"#)
        try shop.harness.service.updateItemPools(all: false, at: shop.harness.time.now)
        try shop.put(item: "new", #"{"genre":"Comedy|Drama","year":2024}"#)
        shop.harness.time.advance(bySeconds: 7199)
        #expect(try shop.harness.service.updateItemPools(all: false, at: shop.harness.time.now) == [])
        #expect(try !shop.items(campaign, count: 41).contains("new"))
        shop.harness.time.advance(bySeconds: 1)
        #expect(try shop.harness.service.updateItemPools(all: false, at: shop.harness.time.now) == [campaign])
        let lines = try shop.list(campaign, count: 41)
        let new = try #require(lines.first { $0.required("itemId").text == "new" })
        #expect(new.required("score").number > 0)
        #expect(abs(lines.map { $0.required("score").number }.reduce(0, +) - 1) < 1e-4)
        let filter = try shop.filter("INCLUDE ItemID WHERE Items.YEAR = 2024")
        #expect(try shop.items(campaign, #""filterArn":"\#(filter)""#) == ["new"])
    }

    @Test func `an update can be asked for, and recipes that do not explore take no part`() throws {
        let shop = try ShopHarness().open()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        let popular = try shop.harness.deploy("aws-popularity-count", name: "popular")
        #expect(try shop.harness.service.updateItemPools(all: true, at: shop.harness.time.now) == [])
        try shop.put(item: "new", #"{"year":2024}"#)
        #expect(try shop.harness.service.updateItemPools(all: true, at: shop.harness.time.now) == [campaign])
        #expect(try shop.items(campaign, count: 41).contains("new"))
        #expect(try !shop.items(popular, count: 41).contains("new"))
    }
}
