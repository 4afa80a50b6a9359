import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func removeTagsFromStream(_ input: Kinesis.RemoveTagsFromStreamInput, _ call: Call) throws(ServiceError) {
        let owner = TagOwner(try stream(input.streamName, input.streamARN, call).key)
        let tags = Dictionary(input.tagKeys.map { ($0, "") }, uniquingKeysWith: { $1 })
        try StreamTags.check(tags, by: .stream, adding: false, owner: owner)
        try store.write { try StreamTags.remove(input.tagKeys, from: owner, $0.database) }
    }
}
