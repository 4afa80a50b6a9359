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
            try campaignUpdates.update(campaign, to: asked, table, call)
        }
        served.prepare()
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
        return try campaignUpdates.deployable(asked.solutionVersionArn ?? "", table, call).id.model == campaign.model
    }
}
