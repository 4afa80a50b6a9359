import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeEventTracker(
        _ input: Personalize.DescribeEventTrackerRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeEventTrackerResponse {
        let found = try resources(call) { try $0.described(input.eventTrackerArn, as: Personalize.EventTracker.self, call) }
        return Personalize.DescribeEventTrackerResponse(eventTracker: found.body)
    }
}
