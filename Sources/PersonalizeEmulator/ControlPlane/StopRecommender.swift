import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func stopRecommender(
        _ input: Personalize.StopRecommenderRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.StopRecommenderResponse {
        try turn(input.recommenderArn, from: .active, .stopPending, call)
        return Personalize.StopRecommenderResponse(recommenderArn: input.recommenderArn)
    }
}
