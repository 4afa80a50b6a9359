import Recommend
import ServiceKit
package import Shapes
package import Wire

extension EventsService {
    package func putItems(_ input: PersonalizeEvents.PutItemsRequest, _ call: Call) throws(ServiceError) {
        try put(input.items.map { StreamedRow(id: $0.itemId, properties: $0.properties) }, into: input.datasetArn, .items, as: .putItems, call)
    }
}
