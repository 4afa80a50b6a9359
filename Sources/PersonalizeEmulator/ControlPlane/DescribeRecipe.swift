import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeRecipe(_ input: Personalize.DescribeRecipeRequest, _ call: Call) throws(ServiceError) -> Personalize.DescribeRecipeResponse {
        guard let recipe = PersonalizeRecipe.named(input.recipeArn) else { throw .notFound(input.recipeArn) }
        return Personalize.DescribeRecipeResponse(
            recipe: Personalize.Recipe(
                name: recipe.name,
                recipeArn: recipe.arn,
                algorithmArn: recipe.algorithmArn,
                featureTransformationArn: recipe.featureTransformationArn,
                status: "ACTIVE",
                description: recipe.description,
                creationDateTime: recipe.created,
                recipeType: recipe.type.rawValue,
                lastUpdatedDateTime: recipe.updated
            )
        )
    }
}
