import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func tagResource(_ input: Personalize.TagResourceRequest, _ call: Call) throws(ServiceError) -> Personalize.TagResourceResponse {
        try resources(call) { table in
            try table.checkTakesTags(input.resourceArn, call)
            try table.attach(input.tags, to: input.resourceArn)
        }
        return Personalize.TagResourceResponse()
    }
}
