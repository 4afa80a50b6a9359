import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func addTagsToStream(_ input: Kinesis.AddTagsToStreamInput, _ call: Call) throws(ServiceError) {
        let owner = TagOwner(try stream(input.streamName, input.streamARN, call).key)
        try StreamTags.check(input.tags, by: .stream, adding: true, owner: owner)
        try store.write { try StreamTags.add(input.tags, to: owner, $0.database) }
    }
}
