package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteEventTracker(_ input: Personalize.DeleteEventTrackerRequest, _ call: Call) throws(ServiceError) {
        let tracker = try resources(call) { table in
            let tracker = try table.settled(input.eventTrackerArn, as: Personalize.EventTracker.self, call)
            try table.delete(tracker, delay: configuration.jobDelay)
            return tracker
        }
        serving.stop(trackingId: tracker.body.trackingId ?? "")
    }
}
