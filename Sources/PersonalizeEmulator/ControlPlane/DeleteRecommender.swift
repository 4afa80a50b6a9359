import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteRecommender(_ input: Personalize.DeleteRecommenderRequest, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            let recommender = try table.settled(input.recommenderArn, as: Personalize.Recommender.self, call)
            let update = try table.update(of: recommender)
            try table.delete(recommender, delay: configuration.jobDelay)
            table.afterCommit { [serving, models] committed in
                serving.stop(deployment: recommender.arn, committed)
                for model in [recommender.model, update?.model].compactMap(\.self) { models.remove(model) }
            }
        }
    }
}
