import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteCampaign(_ input: Personalize.DeleteCampaignRequest, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            let campaign = try table.settled(input.campaignArn, as: Personalize.Campaign.self, call)
            try table.delete(campaign, delay: configuration.jobDelay)
            table.afterCommit { [serving] in serving.stop(deployment: campaign.arn, $0) }
        }
    }
}
