package import Shapes
package import Wire

extension KinesisService {
    package func listTagsForResource(
        _ input: Kinesis.ListTagsForResourceInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.ListTagsForResourceOutput {
        let stream = try stream(nil, input.resourceARN, call)
        return Kinesis.ListTagsForResourceOutput(tags: try store.read { try StreamTags.all(stream.key, $0) })
    }
}
