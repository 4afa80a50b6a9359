import Logging
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func updateCampaign(_ input: Personalize.UpdateCampaignRequest, _ call: Call) throws(ServiceError) -> Personalize.UpdateCampaignResponse {
        try resources(call) { table in
            let campaign = try table.changeable(input.campaignArn, as: Personalize.Campaign.self, in: [.active, .createFailed], call)
            let asked = Personalize.CampaignUpdateSummary(
                solutionVersionArn: input.solutionVersionArn ?? campaign.body.solutionVersionArn,
                minProvisionedTPS: input.minProvisionedTPS ?? campaign.body.minProvisionedTPS,
                campaignConfig: input.campaignConfig ?? campaign.body.campaignConfig
            )
            if try isAsDesired(campaign, asked, table, call) { throw ServiceError.asDesired(campaign.arn) }
            try update(campaign, to: asked, table, call)
        }
        prepareServing()
        return Personalize.UpdateCampaignResponse(campaignArn: input.campaignArn)
    }

    /// Whether a campaign that serves is what an update asks for. The alias of the newest version may mean another than is deployed.
    private func isAsDesired(
        _ campaign: Resource<Personalize.Campaign>,
        _ asked: Personalize.CampaignUpdateSummary,
        _ table: ResourceTable,
        _ call: Call
    ) throws -> Bool {
        guard campaign.lifecycle.status == .active else { return false }
        var desired = campaign.body
        desired.take(asked)
        desired.campaignConfig = asked.campaignConfig ?? Personalize.CampaignConfig()
        var current = campaign.body
        current.campaignConfig = campaign.body.campaignConfig ?? Personalize.CampaignConfig()
        guard desired.document == current.document else { return false }
        return try deployable(asked.solutionVersionArn ?? "", table, call).id == campaign.model
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
        let current = try campaign.model.flatMap { try table.find(id: $0, as: Personalize.SolutionVersion.self) }
        if let current, current.body.datasetGroupArn != version.body.datasetGroupArn {
            throw ServiceError.Personalize.invalidInput("The solution version \(asked) must belong to the dataset group of campaign \(campaign.arn).")
        }
        try CampaignSettings.check(update.campaignConfig, requested: asked, version.body)
        let begun = try table.begin(
            update,
            of: campaign,
            parent: version.parent,
            model: version.id,
            lifecycle: .creating(at: call.now, delay: configuration.jobDelay)
        )
        var changed = campaign
        changed.body.take(update)
        changed.lifecycle.status = .active
        try serve(changed, version, update: begun.lifecycle, table, call)
    }

    /// Redeploys the campaigns that follow a solution's newest version, now that there is a newer one.
    func followLatestVersion(of solution: String, _ table: ResourceTable, _ call: Call) throws {
        guard let newest = try newestVersion(of: solution, table) else { return }
        for campaign in try table.list(Personalize.Campaign.self, parent: solution) {
            guard campaign.body.campaignConfig?.syncWithLatestSolutionVersion == true, campaign.model != newest.id,
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
