import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createRecommender(
        _ input: Personalize.CreateRecommenderRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateRecommenderResponse {
        let arn = ARN.personalize("recommender/\(input.name)", call)
        try resources(call) { table in
            let group = try table.active(input.datasetGroupArn, as: Personalize.DatasetGroup.self, call)
            guard let domain = group.body.domain else {
                throw ServiceError.Personalize.invalidInput("Please use a domains-specific Dataset Group to create the Recommender")
            }
            guard let recipe = PersonalizeRecipe.named(input.recipeArn) else { throw ServiceError.notFound(input.recipeArn) }
            guard recipe.domain == domain else {
                throw ServiceError.Personalize.invalidInput("The recipe \(recipe.arn) is not one of domain \(domain).")
            }
            try table.checkIsNew(arn, as: Personalize.Recommender.self)
            try RecommenderSettings.check(input.recommenderConfig, recipe, table.schemas(group: group.arn, call))
            try configuration.quotas.check(.recommenders, has: try table.list(Personalize.Recommender.self, parent: group.arn).count)
            let body = Personalize.Recommender(
                recommenderArn: arn,
                datasetGroupArn: group.arn,
                name: input.name,
                recipeArn: recipe.arn,
                recommenderConfig: input.recommenderConfig
            )
            let lifecycle = Lifecycle.creating(at: call.now, delay: configuration.jobDelay, needsWork: true)
            var recommender = try table.insert(body, arn: arn, parent: group.arn, lifecycle: lifecycle)
            recommender.model = recommender.id.model
            try table.update(recommender)
            try table.attach(input.tags, to: arn)
            try serving.deploy(recommender, table, call)
            queue.start(work.recommender, arn, table, call)
        }
        served.prepare()
        return Personalize.CreateRecommenderResponse(recommenderArn: arn)
    }
}

extension Serving {
    /// Puts a recommender where the runtime finds it once the transaction is committed; with an `update`, what it becomes once that is through.
    func deploy(
        _ recommender: Resource<Personalize.Recommender>,
        model: ModelID? = nil,
        update: Lifecycle? = nil,
        _ table: ResourceTable,
        _ call: Call
    ) throws {
        let group = try table.existing(recommender.body.datasetGroupArn ?? "", as: Personalize.DatasetGroup.self, call)
        let recipe = try PersonalizeRecipe.stored(recommender.body.recipeArn, in: recommender.arn)
        guard let model = model ?? recommender.model else {
            throw UnreadableRow(table: "resource", row: recommender.arn, reason: "the recommender has no model")
        }
        var deployment = Deployment(recommender, model: model, recipe: recipe, group: group.id)
        deployment.update = update
        table.afterCommit { [self, deployment] in serve(deployment, $0) }
    }
}
