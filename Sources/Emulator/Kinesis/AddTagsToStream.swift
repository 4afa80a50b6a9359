package import Shapes
package import Wire

extension KinesisService {
    package func addTagsToStream(_ input: Kinesis.AddTagsToStreamInput, _ call: Call) throws(ServiceError) {
        let stream = try stream(input.streamName, input.streamARN, call)
        try StreamTags.check(input.tags, adding: true, key: stream.key)
        try store.write { try StreamTags.add(input.tags, to: stream.key, $0) }
    }
}
