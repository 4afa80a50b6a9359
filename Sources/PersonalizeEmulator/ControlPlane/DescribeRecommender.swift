import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeRecommender(
        _ input: Personalize.DescribeRecommenderRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeRecommenderResponse {
        let found = try resources(call) { try $0.described(input.recommenderArn, as: Personalize.Recommender.self, call) }
        var recommender = found.body
        if !found.lifecycle.status.comesAfterCreation { recommender.modelMetrics = nil }
        return Personalize.DescribeRecommenderResponse(recommender: recommender)
    }
}
