package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteRecommender(_ input: Personalize.DeleteRecommenderRequest, _ call: Call) throws(ServiceError) {
        let deleted = try resources(call) { table in
            let recommender = try table.settled(input.recommenderArn, as: Personalize.Recommender.self, call)
            let update = try table.update(of: recommender)
            try table.delete(recommender, delay: configuration.jobDelay)
            return (recommender, update)
        }
        serving.stop(deployment: deleted.0.arn)
        for model in [deleted.0.model, deleted.1?.model].compactMap(\.self) { models.remove(model) }
    }
}
