import Recommend
import Shapes
import Wire

/// What batch jobs may be asked.
enum BatchRules {
    static let usualResults = 25
    static let maximumItems = 500
    static let maximumUsers = 5_000_000
    static let maximumFiles = 1000
    /// Of all files together, in bytes.
    static let maximumInput = 1 << 30
    static let maximumItemQueries = 500
    static let maximumAttributeQueries = 10

    /// An output that names the input would be read as input the next time.
    static func checkPaths(input: String, output: String) throws(ServiceError) {
        guard ObjectLocation(input) != nil else { throw .Personalize.invalidInput("Invalid S3 input path") }
        guard ObjectLocation(output) != nil, output.hasSuffix("/"), output != input else { throw .Personalize.invalidInput("Invalid S3 output path") }
    }

    static func check(results: Int?, maximum: Int) throws(ServiceError) {
        guard let results else { return }
        guard (1...maximum).contains(results) else {
            throw .Personalize.invalidInput("numResults must be from 1 to \(maximum). Requested: \(results).")
        }
    }

    static func checkInference(_ recipeArn: String?) throws(ServiceError) {
        switch PersonalizeRecipe.named(recipeArn)?.trained?.family {
        case .personal, .related, .popular: return
        default: throw .Personalize.invalidInput("Batch inference jobs are not supported for recipe \(recipeArn ?? "").")
        }
    }

    static func checkSegments(_ recipeArn: String?) throws(ServiceError) {
        guard PersonalizeRecipe.named(recipeArn)?.trained?.family == .segments else {
            throw .Personalize.invalidInput("Batch segment jobs are not supported for recipe \(recipeArn ?? "").")
        }
    }

    static func checkMode(_ input: Personalize.CreateBatchInferenceJobRequest, _ recipeArn: String?) throws(ServiceError) {
        guard input.batchInferenceJobMode == "THEME_GENERATION" else {
            if input.themeGenerationConfig != nil {
                throw .Personalize.invalidInput("themeGenerationConfig requires batchInferenceJobMode THEME_GENERATION.")
            }
            return
        }
        guard PersonalizeRecipe.named(recipeArn)?.trained == .similarItems else {
            throw .Personalize.invalidInput("batchInferenceJobMode THEME_GENERATION is not supported for recipe \(recipeArn ?? "").")
        }
        guard input.themeGenerationConfig != nil else {
            throw .Personalize.invalidInput("batchInferenceJobMode THEME_GENERATION requires themeGenerationConfig.")
        }
        throw ServiceError(
            "InvalidInputException",
            "batchInferenceJobMode THEME_GENERATION is not supported.",
            hint: "AWS writes themes with a language model; personalite has none and makes none up"
        )
    }
}
