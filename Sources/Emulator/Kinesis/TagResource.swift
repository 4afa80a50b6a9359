package import Shapes
package import Wire

extension KinesisService {
    package func tagResource(_ input: Kinesis.TagResourceInput, _ call: Call) throws(ServiceError) {
        let stream = try stream(nil, input.resourceARN, call)
        try StreamTags.check(input.tags, adding: true, key: stream.key)
        try store.write { try StreamTags.add(input.tags, to: stream.key, $0) }
    }
}
