import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listSchemas(_ input: Personalize.ListSchemasRequest, _ call: Call) throws(ServiceError) -> Personalize.ListSchemasResponse {
        let page = try page(
            Personalize.DatasetSchema.self,
            "ListSchemas",
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.DatasetSchemaSummary(
                name: $0.body.name,
                schemaArn: $0.body.schemaArn,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                domain: $0.body.domain
            )
        }
        return Personalize.ListSchemasResponse(schemas: summaries, nextToken: page.nextToken)
    }
}
