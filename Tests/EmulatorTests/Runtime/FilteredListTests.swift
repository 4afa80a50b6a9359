import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator

/// Filters, metadata and context as requests meet them.
@Suite struct FilteredListTests {
    private func number(_ item: String) -> Int { Int(item.dropFirst()) ?? -1 }

    @Test func `a filter holds, and scores stay as they were`() throws {
        let shop = try ShopHarness().open()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        let filter = try shop.filter(#"INCLUDE ItemID WHERE Items.GENRE IN ($G) AND Items.PRICE < $MOST"#)
        let all = try shop.list(campaign, count: 40)
        let some = try shop.list(campaign, count: 40, #""filterArn":"\#(filter)","filterValues":{"G":"\"Drama\"","MOST":"20"}"#)
        #expect(Set(some.map { number($0.required("itemId").text) }) == [0, 5, 10, 15])
        #expect(some.allSatisfy(all.contains))
        #expect(some.map { $0.required("score").number } == some.map { $0.required("score").number }.sorted(by: >))
        let request = #"{"campaignArn":"\#(campaign)","userId":"u1","filterArn":"\#(filter)","filterValues":{"G":"\"Drama\""}}"#
        #expect(shop.harness.refusal("/recommendations", request)?.message?.contains("MOST") == true)
    }

    @Test func `what was streamed counts at once, bulk rows count too, and only for that user`() throws {
        let shop = try ShopHarness().open()
        let tracker = try shop.harness.makeTracker()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        let unseen = #""filterArn":"\#(try shop.filter(#"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("WATCH")"#))""#
        let seen = #""filterArn":"\#(try shop.filter("INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (*)", name: "seen"))""#
        let before = try shop.items(campaign, count: 40, unseen)
        #expect(before.count == 20)
        #expect(Set(before).union(try shop.items(campaign, count: 40, seen)).count == 40)
        let next = try #require(before.first)
        try shop.event(tracker, user: "u1", item: next, type: "watch")
        #expect(try !shop.items(campaign, count: 40, unseen).contains(next))
        #expect(try shop.items(campaign, count: 40, seen).contains(next))
        try shop.event(tracker, user: "u2", item: before[1], type: "watch")
        #expect(try shop.items(campaign, count: 40, unseen).contains(before[1]))
        #expect(try shop.items(campaign, user: "stranger", count: 40, seen).isEmpty)
    }

    @Test func `streamed items and users change what filters find`() throws {
        let shop = try ShopHarness().open()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        let filter = #""filterArn":"\#(try shop.filter(#"INCLUDE ItemID WHERE Items.GENRE IN ("Western") IF CurrentUser.PLAN = "premium""#))""#
        #expect(try shop.items(campaign, count: 40, filter).isEmpty)
        #expect(try shop.items(campaign, user: "u2", count: 40, filter).count == 40)
        try shop.put(item: "i7", #"{"genre":"Drama|Western","year":1999}"#)
        #expect(try shop.items(campaign, count: 40, filter) == ["i7"])
        let users = #"{"datasetArn":"\#(ShopHarness.usersArn)","users":[{"userId":"u2","properties":"{\"plan\":\"premium\",\"age\":\"30\"}"}]}"#
        try shop.harness.ask("/users", users)
        #expect(try shop.items(campaign, user: "u2", count: 40, filter) == ["i7"])
        // A later import of the same id counts; what it does not name stays.
        try shop.load("ITEM_ID,GENRE,PRICE,YEAR\ni7,Comedy,1,1999\ni8,Western,1,1999\n", into: ShopHarness.itemsArn, job: "more", mode: "INCREMENTAL")
        #expect(try shop.items(campaign, count: 40, filter) == ["i8"])
        try shop.put(item: "i8", #"{"year":1999}"#)
        #expect(try shop.items(campaign, count: 40, filter).isEmpty)
    }

    @Test func `a related item's own values can be asked for`() throws {
        let shop = try ShopHarness().open()
        let sims = try shop.harness.deploy("aws-sims", name: "sims")
        let filter =
            #""filterArn":"\#(try shop.filter("INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE AND Items.PRICE > CurrentItem.PRICE"))""#
        let found = try shop.items(sims, user: nil, count: 40, #""itemId":"i5",\#(filter)"#)
        #expect(Set(found.map(number)) == Set([10, 15, 20, 25, 30, 35]))
        #expect(try shop.items(sims, user: nil, count: 40, #""itemId":"i39",\#(filter)"#).isEmpty)
    }

    @Test func `a ranking loses what its filter removes, known to the model or not`() throws {
        let shop = try ShopHarness().open()
        let ranking = try shop.harness.deploy("aws-personalized-ranking", name: "ranking")
        try shop.put(item: "new comedy", #"{"genre":"Comedy","year":2024}"#)
        let filter = try shop.filter(#"INCLUDE ItemID WHERE Items.GENRE IN ("Comedy")"#)
        let answer = try shop.harness.ask(
            "/personalize-ranking",
            #"{"campaignArn":"\#(ranking)","userId":"u1","inputList":["i1","i2","new comedy","nobody","i4","i2"],"filterArn":"\#(filter)"}"#
        ).required("personalizedRanking").items
        #expect(Set(answer.map { $0.required("itemId").text }) == ["i2", "i4", "new comedy"])
        #expect(answer.last?.required("itemId").text == "new comedy" && answer.last?["score"] == nil)
        #expect(abs(answer.compactMap { $0["score"]?.number }.reduce(0, +) - 1) < 1e-6)
    }

    @Test func `metadata comes in lower case and as text, without what is null`() throws {
        let shop = try ShopHarness().open()
        let plain = try shop.harness.deploy("aws-user-personalization", name: "plain")
        let campaign = try shop.harness.deploy("aws-user-personalization", config: #"{"enableMetadataWithRecommendations":true}"#)
        let asked = #""metadataColumns":{"ITEMS":["GENRE","price","Year"]}"#
        for line in try shop.list(campaign, count: 40, asked) {
            let item = number(line.required("itemId").text)
            let metadata = line.required("metadata").dictionary(\.text)
            var expected = ["genre": ShopHarness.genre(item), "price": "\(item).0", "year": "\(1980 + item)"]
            if item == 39 || ShopHarness.genre(item).isEmpty { expected["genre"] = nil }
            if item == 39 { expected["price"] = nil }
            #expect(metadata == expected)
        }
        try shop.put(item: "i3", #"{"genre":"Noir","price":1.5,"year":2000}"#)
        let changed = try shop.list(campaign, count: 40, asked).first { $0.required("itemId").text == "i3" }
        #expect(changed?.required("metadata").dictionary(\.text) == ["genre": "Noir", "price": "1.5", "year": "2000"])
        #expect(try shop.list(campaign, count: 40).allSatisfy { $0["metadata"] == nil })
        func code(_ campaign: String, _ more: String) -> String? {
            shop.harness.refusal("/recommendations", #"{"campaignArn":"\#(campaign)","userId":"u1",\#(more)}"#)?.code
        }
        #expect(code(plain, asked) == "InvalidInputException")
        #expect(code(campaign, #""metadataColumns":{"ITEMS":["NOPE"]}"#) == "InvalidInputException")
        #expect(code(campaign, #""metadataColumns":{"USERS":["AGE"]}"#) == "InvalidInputException")
        #expect(code(campaign, asked + #","numResults":51"#) == "InvalidInputException")
        let many = (0..<11).map { _ in "\"GENRE\"" }.joined(separator: ",")
        #expect(code(campaign, #""metadataColumns":{"ITEMS":[\#(many)]}"#) == "InvalidInputException")
    }

    @Test func `a context names fields of the schema`() throws {
        let shop = try ShopHarness().open()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        for name in ["DEVICE", "EVENT_TYPE", "USER_ID"] {
            let request = #"{"campaignArn":"\#(campaign)","userId":"u1","context":{"\#(name)":"phone"}}"#
            #expect(shop.harness.refusal("/recommendations", request)?.code == "InvalidInputException")
        }
        #expect(try shop.items(campaign, #""context":{}"#).count == 25)
    }
}
