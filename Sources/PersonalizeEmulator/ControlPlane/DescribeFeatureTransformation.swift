import Recommend
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeFeatureTransformation(
        _ input: Personalize.DescribeFeatureTransformationRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeFeatureTransformationResponse {
        let arn = input.featureTransformationArn
        let recipes = PersonalizeRecipe.all.filter { $0.featureTransformationArn == arn }
        guard let first = recipes.first else { throw .notFound(arn) }
        // Recipes that share a transformation and name a parameter of it give it the same default.
        var defaults: [String: String] = [:]
        for recipe in recipes.compactMap(\.trained) { defaults.merge(Hyperparameters.defaults(of: recipe, .featurization)) { $1 } }
        return Personalize.DescribeFeatureTransformationResponse(
            featureTransformation: Personalize.FeatureTransformation(
                name: first.featureTransformation,
                featureTransformationArn: arn,
                defaultParameters: defaults,
                creationDateTime: recipes.map(\.created).min(),
                lastUpdatedDateTime: recipes.map(\.updated).max(),
                status: "ACTIVE"
            )
        )
    }
}
