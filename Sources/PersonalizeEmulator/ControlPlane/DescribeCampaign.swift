import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeCampaign(
        _ input: Personalize.DescribeCampaignRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeCampaignResponse {
        let found = try resources(call) { try $0.described(input.campaignArn, as: Personalize.Campaign.self, call) }
        return Personalize.DescribeCampaignResponse(campaign: found.body)
    }
}
