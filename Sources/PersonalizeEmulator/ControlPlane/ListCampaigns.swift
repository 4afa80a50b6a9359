import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listCampaigns(_ input: Personalize.ListCampaignsRequest, _ call: Call) throws(ServiceError) -> Personalize.ListCampaignsResponse {
        let page = try page(
            Personalize.Campaign.self,
            "ListCampaigns",
            parent: input.solutionArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.CampaignSummary(
                name: $0.body.name,
                campaignArn: $0.body.campaignArn,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                failureReason: $0.body.failureReason
            )
        }
        return Personalize.ListCampaignsResponse(campaigns: summaries, nextToken: page.nextToken)
    }
}
