import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct FilterResourceTests {
    static let comedies = #"INCLUDE ItemID WHERE Items.GENRE IN ("Comedy")"#

    @Test func `a filter is described as it was given, listed and deleted`() throws {
        let shop = try ShopHarness().open(fills: false)
        let expression = #"exclude itemid where items.genre in ($G) | INCLUDE ItemID WHERE Items.YEAR > 1990"#
        let arn = try shop.filter(expression)
        #expect(arn == "\(ShopHarness.account):filter/f")
        let described = try shop.harness.ask("DescribeFilter", #"{"filterArn":"\#(arn)"}"#).required("filter")
        #expect(described["filterExpression"] == .string(expression))
        #expect(described["status"] == .string("ACTIVE"))
        let listed = try shop.harness.ask("ListFilters", #"{"datasetGroupArn":"\#(PersonalizeHarness.group)"}"#).required("Filters").items
        #expect(listed.map { $0["filterArn"] } == [.string(arn)])
        #expect(listed.first?["filterExpression"] == nil)
        #expect(shop.harness.refusal("CreateFilter", ShopHarness.filterBody(expression))?.code == "ResourceAlreadyExistsException")
        try shop.harness.ask("DeleteFilter", #"{"filterArn":"\#(arn)"}"#)
        let left = try shop.harness.ask("DescribeFilter", #"{"filterArn":"\#(arn)"}"#).required("filter")
        #expect(left["status"] == .string("DELETE PENDING"))
        #expect(shop.harness.refusal("DescribeFilter", #"{"filterArn":"\#(arn)"}"#)?.code == "ResourceNotFoundException")
        #expect(shop.harness.refusal("DeleteFilter", #"{"filterArn":"\#(arn)"}"#)?.code == "ResourceNotFoundException")
    }

    @Test(arguments: [
        ("INCLUDE ItemID WHERE Items.NOPE IN (1)", "Could not create filter. Invalid Expression: Items has no field NOPE at position 22."),
        (
            "INCLUDE ItemID WHERE Items.GENRE NOT IN ($G)",
            "Could not create filter. Invalid input symbol: $G. Placeholders are not allowed with NOT_IN operator."
        ),
        ("nonsense", "Could not create filter. Invalid Expression: expected INCLUDE or EXCLUDE, found nonsense at position 1."),
    ])
    func `an expression that is none is refused`(expression: String, message: String) throws {
        let shop = try ShopHarness().open(fills: false)
        let refusal = shop.harness.refusal("CreateFilter", ShopHarness.filterBody(expression))
        #expect(refusal?.code == "InvalidInputException")
        #expect(refusal?.message == message)
    }

    @Test func `a filter needs a group that is there, and its datasets`() throws {
        let shop = try ShopHarness(jobDelay: 10)
        try shop.harness.ask("CreateDatasetGroup", #"{"name":"films"}"#)
        shop.harness.time.advance(bySeconds: 20)
        #expect(shop.harness.refusal("CreateFilter", ShopHarness.filterBody(Self.comedies))?.code == "InvalidInputException")
        #expect(
            shop.harness.refusal("CreateFilter", ShopHarness.filterBody(Self.comedies).replacing("/films", with: "/none"))?.code
                == "ResourceNotFoundException"
        )
    }

    @Test func `a filter that is not there, not ready, of another group or about something else is refused`() throws {
        let shop = try ShopHarness().open()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        func refusal(_ filter: String) -> ServiceError? {
            shop.harness.refusal("/recommendations", #"{"campaignArn":"\#(campaign)","userId":"u1","filterArn":"\#(filter)"}"#)
        }
        let missing = refusal("\(ShopHarness.account):filter/none")
        #expect(missing?.code == "ResourceNotFoundException" && missing?.status == 404)
        #expect(refusal(ShopHarness.account.replacing("000000000000", with: "111122223333") + ":filter/f")?.code == "InvalidInputException")
        let users = try shop.filter(#"INCLUDE UserID WHERE Users.PLAN IN ("free")"#, name: "users")
        #expect(refusal(users)?.code == "InvalidInputException")
        let current = try shop.filter("INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE", name: "current")
        #expect(refusal(current)?.code == "InvalidInputException")
        try shop.harness.ask("CreateDatasetGroup", #"{"name":"other"}"#)
        try shop.harness.ask(
            "CreateDataset",
            """
            {"name":"o","schemaArn":"\(ShopHarness.account):schema/Items","datasetGroupArn":"\(ShopHarness.account):dataset-group/other",\
            "datasetType":"Items"}
            """
        )
        let other = try shop.harness.ask(
            "CreateFilter",
            ShopHarness.filterBody(Self.comedies, name: "other").replacing("group/films", with: "group/other")
        )
        .required("filterArn").text
        #expect(refusal(other)?.code == "InvalidInputException")
        #expect(
            shop.harness.refusal("/recommendations", #"{"campaignArn":"\#(campaign)","userId":"u1","filterValues":{"A":"1"}}"#)?.code
                == "InvalidInputException"
        )
    }

    @Test func `a filter outlives a restart, and goes with its group`() throws {
        let directory = TemporaryFolder()
        do {
            let shop = try ShopHarness(directory: directory.path).open()
            try shop.filter(Self.comedies)
        }
        let shop = try ShopHarness(directory: directory.path)
        shop.harness.service.served.prepare()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        let items = try shop.items(campaign, count: 40, #""filterArn":"\#(ShopHarness.account):filter/f""#)
        #expect(items.count == 20 && items.allSatisfy { (Int($0.dropFirst()) ?? 1) % 2 == 0 })
        let empty = try ShopHarness().open(fills: false)
        try empty.filter(Self.comedies)
        for kind in ["INTERACTIONS", "ITEMS", "USERS"] {
            try empty.harness.ask("DeleteDataset", #"{"datasetArn":"\#(ShopHarness.account):dataset/films/\#(kind)"}"#)
        }
        try empty.harness.ask("DeleteDatasetGroup", #"{"datasetGroupArn":"\#(PersonalizeHarness.group)"}"#)
        #expect(try empty.harness.ask("ListFilters", "{}").required("Filters").items.isEmpty)
    }

    @Test func `a filter whose dataset is gone is refused, and serves again with a new one`() throws {
        let shop = try ShopHarness().open()
        let campaign = try shop.harness.deploy("aws-user-personalization")
        let filter = try shop.filter(Self.comedies)
        let request = #"{"campaignArn":"\#(campaign)","userId":"u1","filterArn":"\#(filter)"}"#
        try shop.harness.ask("DeleteDataset", #"{"datasetArn":"\#(ShopHarness.itemsArn)"}"#)
        #expect(shop.harness.refusal("/recommendations", request)?.code == "InvalidInputException")
        try shop.harness.ask(
            "CreateDataset",
            #"{"name":"Items","schemaArn":"\#(ShopHarness.account):schema/Items","datasetGroupArn":"\#(PersonalizeHarness.group)","datasetType":"Items"}"#
        )
        #expect(try shop.items(campaign, #""filterArn":"\#(filter)""#).isEmpty)
        try shop.put(item: "i3", #"{"genre":"Comedy","year":1}"#)
        #expect(try shop.items(campaign, #""filterArn":"\#(filter)""#) == ["i3"])
    }
}
