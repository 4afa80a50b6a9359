import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeFilter(_ input: Personalize.DescribeFilterRequest, _ call: Call) throws(ServiceError) -> Personalize.DescribeFilterResponse {
        let found = try resources(call) { try $0.described(input.filterArn, as: Personalize.Filter.self, call) }
        return Personalize.DescribeFilterResponse(filter: found.body)
    }
}
