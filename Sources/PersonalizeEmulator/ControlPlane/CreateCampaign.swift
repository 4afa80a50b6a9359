import Recommend
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createCampaign(_ input: Personalize.CreateCampaignRequest, _ call: Call) throws(ServiceError) -> Personalize.CreateCampaignResponse {
        let arn = ARN.personalize("campaign/\(input.name)", call)
        try resources(call) { table in
            try table.checkIsNew(arn, as: Personalize.Campaign.self)
            let version = try deployable(input.solutionVersionArn, table, call)
            try CampaignSettings.check(input.campaignConfig, requested: input.solutionVersionArn, version.body)
            try configuration.quotas.check(.campaigns, has: try campaigns(ofGroup: version.body.datasetGroupArn ?? "", table))
            let body = Personalize.Campaign(
                name: input.name,
                campaignArn: arn,
                solutionVersionArn: input.solutionVersionArn,
                minProvisionedTPS: input.minProvisionedTPS ?? 1,
                campaignConfig: input.campaignConfig
            )
            let campaign = try table.insert(
                body,
                arn: arn,
                parent: version.parent,
                lifecycle: .creating(at: call.now, delay: configuration.jobDelay),
                model: version.id
            )
            try table.attach(input.tags, to: arn)
            try serve(campaign, version, table, call)
        }
        prepareServing()
        return Personalize.CreateCampaignResponse(campaignArn: arn)
    }

    private func campaigns(ofGroup arn: String, _ table: ResourceTable) throws -> Int {
        try table.list(Personalize.Solution.self, parent: arn).reduce(0) { count, solution in
            try count + table.list(Personalize.Campaign.self, parent: solution.arn).count
        }
    }

    /// The solution version that a campaign may deploy: `…/$LATEST` is the newest that is ACTIVE.
    func deployable(_ arn: String, _ table: ResourceTable, _ call: Call) throws -> Resource<Personalize.SolutionVersion> {
        let latest = "/$LATEST"
        guard arn.hasSuffix(latest) else {
            let version = try table.active(arn, as: Personalize.SolutionVersion.self, call)
            try Self.checkDeploys(version.body.recipeArn)
            return version
        }
        let solution = try table.existing(String(arn.dropLast(latest.count)), as: Personalize.Solution.self, call)
        try Self.checkDeploys(solution.body.recipeArn)
        guard let newest = try newestVersion(of: solution.arn, table) else {
            throw ServiceError.Personalize.resourceInUse("Resource Arn \(solution.arn) has no solution version in status ACTIVE.")
        }
        return newest
    }

    /// The newest solution version that is ACTIVE.
    func newestVersion(of solution: String, _ table: ResourceTable) throws -> Resource<Personalize.SolutionVersion>? {
        try table.list(Personalize.SolutionVersion.self, parent: solution).last { $0.lifecycle.status == .active }
    }

    private static func checkDeploys(_ recipeArn: String?) throws(ServiceError) {
        guard Recipe.named(recipeArn)?.type != "USER_SEGMENTATION" else {
            throw .Personalize.invalidInput("Solution versions of recipe \(recipeArn ?? "") cannot be deployed; use CreateBatchSegmentJob.")
        }
    }

    /// Puts a campaign where the runtime finds it once the transaction is committed; with an `update`, what it becomes once that is through.
    func serve(
        _ campaign: Resource<Personalize.Campaign>,
        _ version: Resource<Personalize.SolutionVersion>,
        update: Lifecycle? = nil,
        _ table: ResourceTable,
        _ call: Call
    ) throws {
        let group = try table.existing(version.body.datasetGroupArn ?? "", as: Personalize.DatasetGroup.self, call)
        let recipe = try Recipe.stored(version.body.recipeArn, in: version.arn)
        var deployment = Deployment(campaign, model: version.id, recipe: recipe, group: group.id)
        deployment.update = update
        deployment.takesNewItems = recipe.trained != .semanticSimilarity || version.body.performIncrementalUpdate == true
        table.afterCommit { [serving, deployment] in serving.serve(deployment, $0) }
    }
}
