import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listSolutions(_ input: Personalize.ListSolutionsRequest, _ call: Call) throws(ServiceError) -> Personalize.ListSolutionsResponse {
        let page = try page(
            Personalize.Solution.self,
            "ListSolutions",
            parent: input.datasetGroupArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.SolutionSummary(
                name: $0.body.name,
                solutionArn: $0.body.solutionArn,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                recipeArn: $0.body.recipeArn
            )
        }
        return Personalize.ListSolutionsResponse(solutions: summaries, nextToken: page.nextToken)
    }
}
