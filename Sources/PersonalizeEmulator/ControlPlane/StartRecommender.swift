import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func startRecommender(
        _ input: Personalize.StartRecommenderRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.StartRecommenderResponse {
        try turn(input.recommenderArn, from: .inactive, .startPending, call)
        return Personalize.StartRecommenderResponse(recommenderArn: input.recommenderArn)
    }

    /// Begins to start or stop a recommender.
    func turn(_ arn: String, from status: Lifecycle.Status, _ first: Lifecycle.Status, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            var recommender = try table.changeable(arn, as: Personalize.Recommender.self, in: [status], call)
            recommender.lifecycle.turn(first, at: call.now, delay: configuration.jobDelay)
            recommender.lifecycle.settle(at: call.now)
            try table.update(recommender)
            try serving.deploy(recommender, table, call)
        }
    }
}
