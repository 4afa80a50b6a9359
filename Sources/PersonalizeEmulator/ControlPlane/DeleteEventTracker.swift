import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteEventTracker(_ input: Personalize.DeleteEventTrackerRequest, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            let tracker = try table.settled(input.eventTrackerArn, as: Personalize.EventTracker.self, call)
            try table.delete(tracker, delay: configuration.jobDelay)
            table.afterCommit { [serving] in serving.stop(trackingId: tracker.body.trackingId ?? "", $0) }
        }
    }
}
