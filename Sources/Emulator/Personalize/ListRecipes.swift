package import Shapes
package import Wire

extension PersonalizeService {
    package func listRecipes(_ input: Personalize.ListRecipesRequest, _ call: Call) throws(ServiceError) -> Personalize.ListRecipesResponse {
        let page = try Page("ListRecipes", parent: input.domain, maxResults: input.maxResults, nextToken: input.nextToken)
        let recipes = Recipe.all.filter { $0.isListed && (input.domain == nil || $0.domain == input.domain) }
        // Recipes are numbered by their place in the list, so that they page as resources do.
        let shown = recipes.enumerated().map { (number: Int64($0.offset + 1), recipe: $0.element) }.filter { $0.number > page.after }
        let cut = page.cut(shown, number: \.number)
        return Personalize.ListRecipesResponse(
            recipes: cut.shown.map { entry in
                let recipe = entry.recipe
                return Personalize.RecipeSummary(
                    name: recipe.name,
                    recipeArn: recipe.arn,
                    status: "ACTIVE",
                    creationDateTime: recipe.created,
                    lastUpdatedDateTime: Recipe.updated,
                    domain: recipe.domain
                )
            },
            nextToken: cut.nextToken
        )
    }
}
