import Recommend
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeAlgorithm(
        _ input: Personalize.DescribeAlgorithmRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeAlgorithmResponse {
        guard let recipe = PersonalizeRecipe.all.first(where: { $0.algorithmArn == input.algorithmArn }) else { throw .notFound(input.algorithmArn) }
        let parameters = recipe.trained.map { Hyperparameters.parameters(of: $0).filter { $0.section == .algorithm } } ?? []
        return Personalize.DescribeAlgorithmResponse(
            algorithm: Personalize.Algorithm(
                name: recipe.algorithm,
                algorithmArn: recipe.algorithmArn,
                // The model demands a place of an image; this one says that there is none to pull.
                algorithmImage: Personalize.AlgorithmImage(name: recipe.algorithm, dockerURI: "personalite.invalid/\(recipe.algorithm)"),
                defaultHyperParameters: Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.defaultValue) }),
                defaultHyperParameterRanges: Self.ranges(parameters),
                defaultResourceConfig: [:],
                trainingInputMode: "File",
                creationDateTime: recipe.created,
                lastUpdatedDateTime: recipe.updated
            )
        )
    }

    private static func ranges(_ parameters: [Hyperparameters.Parameter]) -> Personalize.DefaultHyperParameterRanges {
        var ranges = Personalize.DefaultHyperParameterRanges(
            integerHyperParameterRanges: [],
            continuousHyperParameterRanges: [],
            categoricalHyperParameterRanges: []
        )
        for parameter in parameters {
            let (name, tunable) = (parameter.name, parameter.isTunable)
            switch parameter.range {
            case .integer(let range):
                ranges.integerHyperParameterRanges?.append(
                    .init(name: name, minValue: range.lowerBound, maxValue: range.upperBound, isTunable: tunable)
                )
            case .continuous(let range):
                ranges.continuousHyperParameterRanges?.append(
                    .init(name: name, minValue: range.lowerBound, maxValue: range.upperBound, isTunable: tunable)
                )
            case .categories(let values): ranges.categoricalHyperParameterRanges?.append(.init(name: name, values: values, isTunable: tunable))
            case .positive: continue
            }
        }
        return ranges
    }
}
