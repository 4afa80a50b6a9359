import enum Recommend.Hyperparameters
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator

/// What stands in the service's own tables: recipes, algorithms, feature transformations.
@Suite struct ServiceCatalogueTests {
    @Test func `every recipe's algorithm and transformation can be described`() throws {
        let harness = try PersonalizeHarness()
        for recipe in PersonalizeRecipe.all {
            let described = try harness.ask("DescribeRecipe", #"{"recipeArn":"\#(recipe.arn)"}"#).required("recipe")
            let algorithm = described.required("algorithmArn").text
            let found = try harness.ask("DescribeAlgorithm", #"{"algorithmArn":"\#(algorithm)"}"#).required("algorithm")
            #expect(found["algorithmArn"] == .string(algorithm))
            for entry in [described, found] {
                #expect(entry.required("creationDateTime").time <= entry.required("lastUpdatedDateTime").time, "\(recipe.name)")
            }
            let transformation = described.required("featureTransformationArn").text
            let shown = try harness.ask("DescribeFeatureTransformation", #"{"featureTransformationArn":"\#(transformation)"}"#)
            #expect(shown.required("featureTransformation")["status"] == .string("ACTIVE"))
        }
    }

    @Test func `the tables are those of the service`() throws {
        let harness = try PersonalizeHarness()
        let algorithm = { (name: String) in
            try harness.ask("DescribeAlgorithm", #"{"algorithmArn":"arn:aws:personalize:::algorithm/\#(name)"}"#).required("algorithm")
        }
        let personal = try algorithm("aws-user-personalization")
        #expect(
            personal.required("defaultHyperParameters").dictionary(\.text) == ["hidden_dimension": "149", "bptt": "32", "recency_mask": "true"]
        )
        let ranges = personal.required("defaultHyperParameterRanges").required("integerHyperParameterRanges").items
        let bptt = try #require(ranges.first { $0["name"] == .string("bptt") })
        #expect((bptt["minValue"], bptt["maxValue"], bptt["isTunable"]) == (.integer(2), .integer(32), .boolean(true)))
        #expect(try algorithm("aws-sims").required("defaultHyperParameters").dictionary(\.text)["min_cointeraction_count"] == "3")
        let sims = try harness.ask(
            "DescribeFeatureTransformation",
            #"{"featureTransformationArn":"arn:aws:personalize:::feature-transformation/sims"}"#
        )
        #expect(
            sims.required("featureTransformation").required("defaultParameters").dictionary(\.text) == [
                "min_user_history_length_percentile": "0.005", "max_user_history_length_percentile": "0.995",
                "min_item_interaction_count_percentile": "0.01", "max_item_interaction_count_percentile": "0.9",
            ]
        )
    }

    @Test func `recipes that share a transformation agree on its defaults`() {
        for group in Dictionary(grouping: PersonalizeRecipe.all, by: \.featureTransformation).values {
            let tables = group.compactMap(\.trained).map { Hyperparameters.defaults(of: $0, .featurization) }.filter { !$0.isEmpty }
            #expect(Set(tables).count <= 1, "\(group.map(\.name))")
        }
    }

    /// As programs written at AWS ask: they take the token of the first page without a look.
    @Test(arguments: [nil, "ECOMMERCE", "VIDEO_ON_DEMAND"])
    func `recipes come in two pages, counted before the domain is looked at`(domain: String?) throws {
        let harness = try PersonalizeHarness()
        let asked = domain.map { #""domain":"\#($0)""# }
        let first = try harness.ask("ListRecipes", "{\(asked ?? "")}")
        let token = first.required("nextToken").text
        let second = try harness.ask("ListRecipes", "{" + [asked, #""nextToken":"\#(token)""#].compactMap(\.self).joined(separator: ",") + "}")
        #expect(second["nextToken"] == nil)
        let names = (first.required("recipes").items + second.required("recipes").items).map { $0.required("name").text }
        let expected = PersonalizeRecipe.all.filter { $0.isListed && (domain == nil || $0.domain == domain) }.map(\.name)
        #expect(names == expected)
        if domain == nil { #expect(first.required("recipes").items.count == 12) }
        let one = try harness.ask("ListRecipes", #"{"maxResults":1,"domain":"VIDEO_ON_DEMAND"}"#)
        #expect(one.required("recipes").items.isEmpty && one["nextToken"] != nil)
        #expect(try harness.ask("ListRecipes", #"{"maxResults":100}"#)["nextToken"] == nil)
    }

    @Test func `what the service does not have is not found`() throws {
        let harness = try PersonalizeHarness()
        let nothing = "arn:aws:personalize:::algorithm/none"
        #expect(harness.refusal("DescribeAlgorithm", #"{"algorithmArn":"\#(nothing)"}"#)?.code == "ResourceNotFoundException")
        let other = harness.refusal("DescribeFeatureTransformation", #"{"featureTransformationArn":"\#(nothing)"}"#)
        #expect(other?.code == "ResourceNotFoundException")
    }
}
