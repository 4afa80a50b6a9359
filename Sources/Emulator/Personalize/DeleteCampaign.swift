package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteCampaign(_ input: Personalize.DeleteCampaignRequest, _ call: Call) throws(ServiceError) {
        let campaign = try resources(call) { table in
            let campaign = try table.settled(input.campaignArn, as: Personalize.Campaign.self, call)
            try table.delete(campaign, delay: configuration.jobDelay)
            return campaign
        }
        serving.stop(deployment: campaign.arn)
    }
}
