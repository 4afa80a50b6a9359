import Recommend
import ServiceKit
import Shapes
package import Wire

/// What `/_personalite/explain` and its neighbours are asked: a runtime request as a query, and the item that it is about.
package struct ExplainRequest: Sendable {
    var arn: String
    var kind: Deployment.Kind
    var user: String?
    var item: String?
    var action: String?
    var context: [String: String]?
    var filter: String?
    var filterValues: [String: String]?
    /// Of a filter that is tried out.
    var expression: String?
    /// Of a ranking.
    var list: [String]
    /// Of lists of users: what their ids begin with, from which on, and how many.
    var prefix: String
    var from: Int
    var count: Int
    /// Of items that are to be described.
    var items: [String]

    private static func names(_ subject: some StringProtocol) -> Set<String> {
        switch subject {
        case "users": ["campaignArn", "recommenderArn", "prefix", "from", "count"]
        case "items": ["campaignArn", "recommenderArn", "itemId"]
        case "filter": ["campaignArn", "recommenderArn", "expression", "filterValues", "userId", "itemId"]
        default: ["campaignArn", "recommenderArn", "userId", "itemId", "actionId", "context", "filterArn", "filterValues", "inputList"]
        }
    }

    /// As many as one answer tells of.
    static let maximumCount = 1000

    /// - Parameters:
    ///   - subject: `explain`, `users`, `items` or `filter`.
    ///   - query: as it was sent.
    ///   - body: of a POST, which has the parameters as the members of a JSON object; empty of a GET.
    /// - Throws: `InvalidInputException` for what cannot be read, for names that the subject has not, and for what is said twice.
    package init(_ subject: some StringProtocol, query: String, body: [UInt8] = []) throws(ServiceError) {
        guard let asked = Percent.pairs(query: query) else { throw .PersonalizeRuntime.invalidInput("The query cannot be read.") }
        let pairs = body.isEmpty ? asked : asked + (try Self.pairs(body: body))
        let names = Self.names(subject)
        let lists: Set<String> = subject == "items" ? ["itemId"] : ["inputList"]
        for (name, _) in pairs {
            guard names.contains(name) else { throw .PersonalizeRuntime.invalidInput("There is no parameter \(name).") }
            guard lists.contains(name) || pairs.count(where: { $0.name == name }) == 1 else {
                throw .PersonalizeRuntime.invalidInput("\(name) is given twice.")
            }
        }
        func value(_ name: String) -> String? { pairs.first { $0.name == name }.map(\.value) }
        func number(_ name: String, _ standard: Int, upTo most: Int) throws(ServiceError) -> Int {
            guard let text = value(name) else { return standard }
            guard let number = Int(text), (0...most).contains(number) else {
                throw .PersonalizeRuntime.invalidInput("\(name) must be a whole number from 0 to \(most).")
            }
            return number
        }
        switch (value("campaignArn"), value("recommenderArn")) {
        case (let campaign?, nil): (arn, kind) = (campaign, .campaign)
        case (nil, let recommender?): (arn, kind) = (recommender, .recommender)
        default: throw .PersonalizeRuntime.invalidInput("Either campaignArn or recommenderArn must be provided.")
        }
        (user, item, action, filter) = (value("userId"), value("itemId"), value("actionId"), value("filterArn"))
        context = try value("context").map { (text) throws(ServiceError) in try Self.texts(text, "context") }
        filterValues = try value("filterValues").map { (text) throws(ServiceError) in try Self.texts(text, "filterValues") }
        expression = value("expression")
        list = pairs.filter { $0.name == "inputList" }.map(\.value)
        items = pairs.filter { $0.name == "itemId" }.map(\.value)
        prefix = value("prefix") ?? ""
        from = try number("from", 0, upTo: Int(Int32.max))
        count = try number("count", 100, upTo: Self.maximumCount)
        guard items.count <= Self.maximumCount else {
            throw .PersonalizeRuntime.invalidInput("At most \(Self.maximumCount) items are described at once.")
        }
    }

    /// Whose the deployment is: nobody signs these requests, so its ARN says it.
    package func call(_ call: Call) -> Call {
        ARN(arn).map { call.from(account: $0.account, region: $0.region) } ?? call
    }

    /// Lists as parameters that are given again and again, objects and numbers as the texts that a query has.
    private static func pairs(body: [UInt8]) throws(ServiceError) -> [(name: String, value: String)] {
        guard case .object(let fields)? = try? JSON.parse(body) else { throw .PersonalizeRuntime.invalidInput("The body must be a JSON object.") }
        var pairs: [(name: String, value: String)] = []
        for field in fields.entries {
            let (name, value) = (field.name, field.value)
            switch value {
            case .null: break
            case .list(let values):
                for value in values {
                    guard let text = value.textIfAny else { throw .PersonalizeRuntime.invalidInput("\(name) must be a list of texts.") }
                    pairs.append((name, text))
                }
            case .string(let text): pairs.append((name, text))
            default: pairs.append((name, String(decoding: JSON.write(value), as: UTF8.self)))
            }
        }
        return pairs
    }

    private static func texts(_ text: String, _ name: String) throws(ServiceError) -> [String: String] {
        guard case .object(let fields)? = try? JSON.parse(Array(text.utf8)) else {
            throw .PersonalizeRuntime.invalidInput("\(name) must be a JSON object of texts.")
        }
        var values: [String: String] = [:]
        for field in fields.entries {
            guard let value = field.value.textIfAny else { throw .PersonalizeRuntime.invalidInput("\(name) must be a JSON object of texts.") }
            values[field.name] = value
        }
        return values
    }
}
