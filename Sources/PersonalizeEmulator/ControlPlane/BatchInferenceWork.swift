import Logging
import Recommend
import ServiceKit
import Shapes
import Wire

/// The work of a batch inference job: the runtime's own answers, for lines of JSON.
struct BatchInferenceWork: ResourceWork {
    typealias Body = Personalize.BatchInferenceJob

    let context: WorkContext
    let engine: RecommendationEngine

    func run(_ arn: String, _ call: Call) throws(ServiceError) {
        let found = try resources(call) { table -> (Resource<Personalize.BatchInferenceJob>, Deployment)? in
            guard let job = try table.find(arn, as: Personalize.BatchInferenceJob.self), job.lifecycle.needsWork else { return nil }
            let version = try table.existing(job.body.solutionVersionArn ?? "", as: Personalize.SolutionVersion.self, call)
            let group = try table.existing(version.body.datasetGroupArn ?? "", as: Personalize.DatasetGroup.self, call)
            let config = job.body.batchInferenceJobConfig
            return (job, try Deployment(version, job: arn, group: group.id, config))
        }
        guard let (job, deployment) = found else { return }
        log.info("batch inference started", metadata: ["job": "\(arn)", "recipe": "\(deployment.recipe.name)"])
        do throws(JobFailure) {
            let model = try engine.models.model(of: deployment)
            engine.attributeIndex.prepare(group: deployment.group)
            let deployed = Deployed(deployment: deployment, model: model)
            let count = job.body.numResults ?? BatchRules.usualResults
            let done = try runBatch(
                arn,
                from: job.body.jobInput?.s3DataSource.path ?? "",
                to: job.body.jobOutput?.s3DataDestination.path ?? "",
                made: job.made,
                call
            ) { try self.infer($0, deployed, filter: job.body.filterArn, count: count, call) }
            guard let done else { return }
            log.info("batch inference finished", metadata: ["job": "\(arn)", "lines": "\(done.lines)", "errors": "\(done.errors)"])
            try succeed(arn, call)
        } catch {
            try fail(arn, error, call)
        }
    }

    private func infer(_ line: [UInt8], _ deployed: Deployed, filter: String?, count: Int, _ call: Call) throws -> [UInt8] {
        let line = try BatchLine(line)
        let model = deployed.model
        let ranks = model.recipe.ranksLists
        let asksByItem = model.recipe.asksByItem
        let request = RecommendationRequest(
            deployed: deployed,
            now: call.now,
            user: asksByItem ? line.fields["userId"]?.textIfAny : try line.text("userId"),
            item: asksByItem ? try line.text("itemId") : nil
        )
        let items: [String]
        let scores: [Double?]
        if ranks {
            let ranking = try engine.rank(try line.texts("itemList"), request, filter, line.filterValues, call)
            (items, scores) = (ranking.map(\.itemId), ranking.map(\.score))
        } else {
            let allow = try engine.allowedItems(filter, line.filterValues, for: request, call)
            let list = try engine.answer(request, count: count, allow: allow)
            (items, scores) = (list.map { model.items[$0.item] }, list.map(\.score))
        }
        var output = Document.Fields([("recommendedItems", .list(items.map { .string($0) }))])
        if model.recipe.isScored { output.append("scores", .list(scores.map { $0.map { .double($0) } ?? .null })) }
        return BatchLine.answer(line.input, .object(output), saysNoError: model.recipe.isScored)
    }
}

extension Deployment {
    /// A solution version as if it were deployed for the job alone.
    init(
        _ version: Resource<Personalize.SolutionVersion>,
        job arn: String,
        group: DatasetGroupID,
        _ config: Personalize.BatchInferenceJobConfig? = nil
    ) throws {
        self.init(
            version,
            job: arn,
            recipe: try PersonalizeRecipe.stored(version.body.recipeArn, in: version.arn),
            group: group,
            itemExploration: config?.itemExplorationConfig,
            rankingInfluence: config?.rankingInfluence
        )
    }
}

extension ModelStore {
    /// The model that a batch job asks.
    func model(of deployment: Deployment) throws(JobFailure) -> TrainedModel {
        do throws(ServiceError) {
            if let model = try model(deployment.model) { return model }
        } catch {
            throw .internal(error)
        }
        throw .internal(MissingModel.failure(deployment.model))
    }
}
