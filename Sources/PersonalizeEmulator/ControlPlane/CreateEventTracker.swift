import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createEventTracker(
        _ input: Personalize.CreateEventTrackerRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateEventTrackerResponse {
        let tracker = try resources(call) { table in
            let group = try table.active(input.datasetGroupArn, as: Personalize.DatasetGroup.self, call)
            let others = try table.list(Personalize.EventTracker.self)
            if let other = others.first(where: { $0.parent == group.arn || $0.body.name == input.name }) {
                throw ServiceError.Personalize.resourceAlreadyExists("Another resource with Arn \(other.arn) already exists.")
            }
            let arn = ARN.personalize("event-tracker/\(HexText.random(digits: 8))", call)
            let body = Personalize.EventTracker(
                name: input.name,
                eventTrackerArn: arn,
                accountId: call.account,
                trackingId: UUIDText.random(),
                datasetGroupArn: group.arn
            )
            let tracker = try table.insert(body, arn: arn, parent: group.arn, lifecycle: .creating(at: call.now, delay: configuration.jobDelay))
            try table.attach(input.tags, to: arn)
            table.afterCommit { [serving] in serving.serve(tracker, group: group.id, $0) }
            return tracker.body
        }
        return Personalize.CreateEventTrackerResponse(eventTrackerArn: tracker.eventTrackerArn, trackingId: tracker.trackingId)
    }
}
