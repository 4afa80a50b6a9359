import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func updateRecommender(
        _ input: Personalize.UpdateRecommenderRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.UpdateRecommenderResponse {
        let arn = input.recommenderArn
        try resources(call) { table in
            let recommender = try table.changeable(arn, as: Personalize.Recommender.self, in: [.active, .inactive], call)
            let recipe = try PersonalizeRecipe.stored(recommender.body.recipeArn, in: recommender.arn)
            try RecommenderSettings.check(input.recommenderConfig, recipe, table.schemas(group: recommender.parent ?? "", call))
            if input.recommenderConfig.document == (recommender.body.recommenderConfig ?? Personalize.RecommenderConfig()).document {
                throw ServiceError.asDesired(arn)
            }
            // Other columns to learn from need another model; the rest changes how the same one answers.
            let trains = input.recommenderConfig.trainingDataConfig != recommender.body.recommenderConfig?.trainingDataConfig
            var update = try table.begin(
                Personalize.RecommenderUpdateSummary(recommenderConfig: input.recommenderConfig),
                of: recommender,
                parent: recommender.parent,
                model: recommender.model,
                lifecycle: .creating(at: call.now, delay: configuration.jobDelay, needsWork: trains)
            )
            if trains {
                update.model = update.id.model
                try table.update(update)
                queue.start(work.recommenderUpdate, arn, table, call)
            } else {
                var changed = recommender
                changed.body.take(update.body)
                try serving.deploy(changed, update: update.lifecycle, table, call)
            }
        }
        return Personalize.UpdateRecommenderResponse(recommenderArn: arn)
    }
}
