import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listEventTrackers(_ input: Personalize.ListEventTrackersRequest, _ call: Call) throws(ServiceError)
        -> Personalize.ListEventTrackersResponse
    {
        let page = try page(
            Personalize.EventTracker.self,
            "ListEventTrackers",
            parent: input.datasetGroupArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.EventTrackerSummary(
                name: $0.body.name,
                eventTrackerArn: $0.body.eventTrackerArn,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime
            )
        }
        return Personalize.ListEventTrackersResponse(eventTrackers: summaries, nextToken: page.nextToken)
    }
}
