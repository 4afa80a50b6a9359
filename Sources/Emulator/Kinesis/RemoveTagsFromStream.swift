package import Shapes
package import Wire

extension KinesisService {
    package func removeTagsFromStream(_ input: Kinesis.RemoveTagsFromStreamInput, _ call: Call) throws(ServiceError) {
        let stream = try stream(input.streamName, input.streamARN, call)
        try StreamTags.check(Dictionary(input.tagKeys.map { ($0, "") }, uniquingKeysWith: { $1 }), adding: false, key: stream.key)
        try store.write { try StreamTags.remove(input.tagKeys, from: stream.key, $0) }
    }
}
