package import ServiceKit
import Shapes
import Wire

/// The parameter store of AWS Systems Manager.
package final class ParameterService: RecordService {
    package let store: Store

    package init(store: Store) {
        self.store = store
    }

    typealias Work = @Sendable (ParameterService, Document, Call) throws(ServiceError) -> Document?

    private static let work: [String: Work] = [
        "PutParameter": { (service, input, call) throws(ServiceError) in try service.putParameter(input, call) },
        "GetParameter": { (service, input, call) throws(ServiceError) in try service.getParameter(input, call) },
        "GetParameters": { (service, input, call) throws(ServiceError) in try service.getParameters(input, call) },
        "GetParametersByPath": { (service, input, call) throws(ServiceError) in try service.getParametersByPath(input, call) },
        "GetParameterHistory": { (service, input, call) throws(ServiceError) in try service.getParameterHistory(input, call) },
        "DeleteParameter": { (service, input, call) throws(ServiceError) in try service.deleteParameter(input, call) },
        "DeleteParameters": { (service, input, call) throws(ServiceError) in try service.deleteParameters(input, call) },
        "DescribeParameters": { (service, input, call) throws(ServiceError) in try service.describeParameters(input, call) },
        "AddTagsToResource": { (service, input, call) throws(ServiceError) in try service.addTags(input, call) },
        "RemoveTagsFromResource": { (service, input, call) throws(ServiceError) in try service.removeTags(input, call) },
        "ListTagsForResource": { (service, input, call) throws(ServiceError) in try service.listTags(input, call) },
    ]

    package var table: ServiceTable {
        let dialect = ServiceDialect(name: "ssm", violationCode: "ValidationException", package: "com.amazonaws.ssm", numbers: .plain)
        return ServiceTable(self, inputs: SSM.inputs, work: Self.work, dialect)
    }
}
