import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listTagsForResource(
        _ input: Personalize.ListTagsForResourceRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.ListTagsForResourceResponse {
        let tags = try resources(call) { table in
            try table.checkTakesTags(input.resourceArn, call)
            return try Tags.of(input.resourceArn, table.database)
        }
        return Personalize.ListTagsForResourceResponse(tags: tags)
    }
}
