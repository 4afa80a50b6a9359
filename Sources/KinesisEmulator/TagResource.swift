import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func tagResource(_ input: Kinesis.TagResourceInput, _ call: Call) throws(ServiceError) {
        let owner = try tagOwner(input.resourceARN, call)
        try StreamTags.check(input.tags, by: .resource, adding: true, owner: owner)
        try store.write { try StreamTags.add(input.tags, to: owner, $0.database) }
    }
}
