import Recommend
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createCampaign(_ input: Personalize.CreateCampaignRequest, _ call: Call) throws(ServiceError) -> Personalize.CreateCampaignResponse {
        let arn = ARN.personalize("campaign/\(input.name)", call)
        try resources(call) { table in
            try table.checkIsNew(arn, as: Personalize.Campaign.self)
            let version = try campaignUpdates.deployable(input.solutionVersionArn, table, call)
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
                model: version.id.model
            )
            try table.attach(input.tags, to: arn)
            try serving.deploy(campaign, version, table, call)
        }
        served.prepare()
        return Personalize.CreateCampaignResponse(campaignArn: arn)
    }

    private func campaigns(ofGroup arn: String, _ table: ResourceTable) throws -> Int {
        try table.list(Personalize.Solution.self, parent: arn).reduce(0) { count, solution in
            try count + table.list(Personalize.Campaign.self, parent: solution.arn).count
        }
    }
}

extension Serving {
    /// Puts a campaign where the runtime finds it once the transaction is committed; with an `update`, what it becomes once that is through.
    func deploy(
        _ campaign: Resource<Personalize.Campaign>,
        _ version: Resource<Personalize.SolutionVersion>,
        update: Lifecycle? = nil,
        _ table: ResourceTable,
        _ call: Call
    ) throws {
        let group = try table.existing(version.body.datasetGroupArn ?? "", as: Personalize.DatasetGroup.self, call)
        let recipe = try PersonalizeRecipe.stored(version.body.recipeArn, in: version.arn)
        var deployment = Deployment(campaign, model: version.id.model, recipe: recipe, group: group.id)
        deployment.update = update
        deployment.takesNewItems = recipe.trained != .semanticSimilarity || version.body.performIncrementalUpdate == true
        table.afterCommit { [self, deployment] in serve(deployment, $0) }
    }
}
