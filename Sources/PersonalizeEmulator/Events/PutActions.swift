import Recommend
import ServiceKit
package import Shapes
package import Wire

extension EventsService {
    package func putActions(_ input: PersonalizeEvents.PutActionsRequest, _ call: Call) throws(ServiceError) {
        try put(input.actions.map { StreamedRow(id: $0.actionId, properties: $0.properties) }, into: input.datasetArn, .actions, call)
    }
}
