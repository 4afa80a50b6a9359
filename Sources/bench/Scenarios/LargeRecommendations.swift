import Wire

/// GetRecommendations on a hundred thousand items, at a fixed rate.
struct LargeRecommendations: Scenario {
    enum Filtering: String, CaseIterable {
        case none = "no filter"
        /// Values that repeat: what the columns say of them is known.
        case usual = "filter"
        /// Values that never came before: every request scans the columns.
        case fresh = "filter, new values"
    }

    let filtering: Filtering

    var name: String { "LargeRecommendations, \(filtering.rawValue)" }
    var what: String { "100,000 items, \(filtering.rawValue)" }
    let mostRequests = 50_000
    let rate: Double? = 200

    func prepare(_ stage: Stage) throws(BenchFault) -> [WireRequest] {
        let catalogue = try stage.largeCatalogue()
        return (0..<4000).map { number in
            var input: [(String, Document)] = [
                ("campaignArn", .string(catalogue.campaign)), ("userId", .string(LargeCatalogue.user(number))), ("numResults", .integer(25)),
            ]
            if filtering != .none {
                let genre = LargeCatalogue.genres[number % LargeCatalogue.genres.count]
                let most = filtering == .usual ? "5000" : "\(1000 + number * 2).25"
                let values = Document.Fields([("GENRE", .string("\"\(genre)\"")), ("MOST", .string(most))])
                input += [("filterArn", .string(catalogue.filter)), ("filterValues", .object(values))]
            }
            return stage.client.request(path: "/recommendations", service: "personalize", input)
        }
    }
}
