import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func listTagsForStream(_ input: Kinesis.ListTagsForStreamInput, _ call: Call) throws(ServiceError) -> Kinesis.ListTagsForStreamOutput {
        let stream = try stream(input.streamName, input.streamARN, call)
        let after = input.exclusiveStartTagKey
        let tags = try store.read { try StreamTags.all(TagOwner(stream.key), $0) }.filter { tag in after.map { tag.key > $0 } ?? true }
        let shown = tags.prefix(input.limit ?? StreamTags.maximum)
        return Kinesis.ListTagsForStreamOutput(tags: Array(shown), hasMoreTags: tags.count > shown.count)
    }
}
