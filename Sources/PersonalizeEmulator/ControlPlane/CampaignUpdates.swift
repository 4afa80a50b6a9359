import Logging
import Recommend
import ServiceKit
import Shapes
import Wire

/// Which solution versions campaigns deploy, and how one takes the place of another.
struct CampaignUpdates: Sendable {
    let serving: Serving
    /// Seconds.
    let jobDelay: Double
    let log: Logger

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
        guard PersonalizeRecipe.named(recipeArn)?.type != .userSegmentation else {
            throw .Personalize.invalidInput("Solution versions of recipe \(recipeArn ?? "") cannot be deployed; use CreateBatchSegmentJob.")
        }
    }

    /// Begins to redeploy a campaign; the old version answers until the new one is ready.
    func update(
        _ campaign: Resource<Personalize.Campaign>,
        to update: Personalize.CampaignUpdateSummary,
        _ table: ResourceTable,
        _ call: Call
    ) throws {
        let asked = update.solutionVersionArn ?? ""
        let version = try deployable(asked, table, call)
        let current = try campaign.model.flatMap { try table.find(id: $0.solutionVersion) }
        if let current, current.body.datasetGroupArn != version.body.datasetGroupArn {
            throw ServiceError.Personalize.invalidInput("The solution version \(asked) must belong to the dataset group of campaign \(campaign.arn).")
        }
        try CampaignSettings.check(update.campaignConfig, requested: asked, version.body)
        let begun = try table.begin(
            update,
            of: campaign,
            parent: version.parent,
            model: version.id.model,
            lifecycle: .creating(at: call.now, delay: jobDelay)
        )
        var changed = campaign
        changed.body.take(update)
        changed.lifecycle.status = .active
        try serving.deploy(changed, version, update: begun.lifecycle, table, call)
    }

    /// Redeploys the campaigns that follow a solution's newest version, now that there is a newer one.
    func followLatestVersion(of solution: String, _ table: ResourceTable, _ call: Call) throws {
        guard let newest = try newestVersion(of: solution, table) else { return }
        for campaign in try table.list(Personalize.Campaign.self, parent: solution) {
            guard campaign.body.campaignConfig?.syncWithLatestSolutionVersion == true, campaign.model != newest.id.model,
                campaign.lifecycle.status == .active, campaign.body.updateStatus?.isSettled ?? true
            else { continue }
            let update = Personalize.CampaignUpdateSummary(
                solutionVersionArn: campaign.body.solutionVersionArn,
                minProvisionedTPS: campaign.body.minProvisionedTPS,
                campaignConfig: campaign.body.campaignConfig
            )
            try self.update(campaign, to: update, table, call)
            log.info("campaign follows", metadata: ["campaign": "\(campaign.arn)", "solution version": "\(newest.arn)"])
        }
    }
}
