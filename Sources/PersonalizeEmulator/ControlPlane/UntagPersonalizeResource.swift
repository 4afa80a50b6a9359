import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func untagResource(_ input: Personalize.UntagResourceRequest, _ call: Call) throws(ServiceError) -> Personalize.UntagResourceResponse {
        guard input.tagKeys.count <= Tags.maximum else {
            throw .Personalize.tooManyTagKeys("The request contains more tag keys than can be associated with a resource (\(Tags.maximum)).")
        }
        try resources(call) { table in
            try table.checkTakesTags(input.resourceArn, call)
            try Tags.detach(input.tagKeys, from: input.resourceArn, table.database)
        }
        return Personalize.UntagResourceResponse()
    }
}
