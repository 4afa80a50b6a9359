import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func listTagsForResource(
        _ input: Kinesis.ListTagsForResourceInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.ListTagsForResourceOutput {
        let owner = try tagOwner(input.resourceARN, call)
        return Kinesis.ListTagsForResourceOutput(tags: try store.read { try StreamTags.all(owner, $0) })
    }
}
