import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func untagResource(_ input: Kinesis.UntagResourceInput, _ call: Call) throws(ServiceError) {
        let owner = try tagOwner(input.resourceARN, call)
        try store.write { try StreamTags.remove(input.tagKeys, from: owner, $0.database) }
    }
}
