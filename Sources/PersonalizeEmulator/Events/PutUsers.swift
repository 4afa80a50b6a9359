import Recommend
import ServiceKit
package import Shapes
package import Wire

extension EventsService {
    package func putUsers(_ input: PersonalizeEvents.PutUsersRequest, _ call: Call) throws(ServiceError) {
        try put(input.users.map { StreamedRow(id: $0.userId, properties: $0.properties) }, into: input.datasetArn, .users, as: .putUsers, call)
    }
}
