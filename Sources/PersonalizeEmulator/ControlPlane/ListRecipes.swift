import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    /// Recipes on a page when the caller does not say how many: fewer than there are, so programs written at AWS expect a token.
    private static let usualRecipePage = 12

    package func listRecipes(_ input: Personalize.ListRecipesRequest, _ call: Call) throws(ServiceError) -> Personalize.ListRecipesResponse {
        let page = try Page(
            "ListRecipes",
            parent: input.domain,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            usualSize: Self.usualRecipePage
        )
        // Recipes are numbered by their place in the list, so that they page as resources do.
        let listed = PersonalizeRecipe.all.filter(\.isListed).enumerated().map { (number: Int64($0.offset + 1), recipe: $0.element) }
        let cut = page.cut(listed.filter { $0.number > page.after }, number: \.number)
        // AWS looks at the domain of what is on the page already: a page of one domain may be short, or empty, and have a token.
        let shown = cut.shown.filter { input.domain == nil || $0.recipe.domain == input.domain }
        return Personalize.ListRecipesResponse(
            recipes: shown.map { entry in
                let recipe = entry.recipe
                return Personalize.RecipeSummary(
                    name: recipe.name,
                    recipeArn: recipe.arn,
                    status: "ACTIVE",
                    creationDateTime: recipe.created,
                    lastUpdatedDateTime: recipe.updated,
                    domain: recipe.domain
                )
            },
            nextToken: cut.nextToken
        )
    }
}
