import Wire

struct GetRecommendations: Scenario {
    let name = "GetRecommendations"
    let what = "GetRecommendations (25)"
    let mostRequests = 200_000

    func prepare(_ stage: Stage) throws(BenchFault) -> [WireRequest] {
        let catalogue = try stage.catalogue()
        return (0..<SampleCatalogue.users).map { number in
            stage.client.request(
                path: "/recommendations",
                service: "personalize",
                [("campaignArn", .string(catalogue.campaign)), ("userId", .string(SampleCatalogue.user(number))), ("numResults", .integer(25))]
            )
        }
    }
}
