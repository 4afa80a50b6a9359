package import Shapes
package import Wire

extension PersonalizeService {
    package func createCampaign(_ input: Personalize.CreateCampaignRequest, _ call: Call) throws(ServiceError) -> Personalize.CreateCampaignResponse {
        let arn = ARN.personalize("campaign/\(input.name)", call)
        try resources(call) { table in
            try table.checkIsNew(arn, as: Personalize.Campaign.self)
            let version = try deployable(input.solutionVersionArn, table, call)
            try CampaignSettings.check(input.campaignConfig, requested: input.solutionVersionArn, version.body)
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
                lifecycle: .creating(at: call.now, delay: configuration.jobDelay)
            )
            try table.attach(input.tags, to: arn)
            try serve(campaign, version, table, call)
        }
        return Personalize.CreateCampaignResponse(campaignArn: arn)
    }

    /// The solution version that a campaign may deploy: `…/$LATEST` is the newest that is ACTIVE.
    func deployable(_ arn: String, _ table: ResourceTable, _ call: Call) throws -> Resource<Personalize.SolutionVersion> {
        let latest = "/$LATEST"
        guard arn.hasSuffix(latest) else { return try table.active(arn, as: Personalize.SolutionVersion.self, call) }
        let solution = try table.existing(String(arn.dropLast(latest.count)), as: Personalize.Solution.self, call)
        let versions = try table.list(Personalize.SolutionVersion.self, parent: solution.arn)
        guard let newest = versions.last(where: { $0.lifecycle.status == .active }) else {
            throw ServiceError.Personalize.resourceInUse("Resource Arn \(solution.arn) has no solution version in status ACTIVE.")
        }
        return newest
    }

    /// Puts a campaign where the runtime finds it.
    func serve(
        _ campaign: Resource<Personalize.Campaign>,
        _ version: Resource<Personalize.SolutionVersion>,
        _ table: ResourceTable,
        _ call: Call
    ) throws {
        let group = try table.existing(version.body.datasetGroupArn ?? "", as: Personalize.DatasetGroup.self, call)
        guard let recipe = Recipe.named(version.body.recipeArn) else { preconditionFailure("a solution version of an unknown recipe was let in") }
        serving.serve(Deployment(campaign, model: version.id, recipe: recipe, group: group.id))
    }
}
