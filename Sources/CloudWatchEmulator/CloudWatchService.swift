package import ServiceKit
import Shapes
import Wire

/// Amazon CloudWatch: metrics in memory, alarms as records.
package final class CloudWatchService: RecordService {
    package static let namespace = "http://monitoring.amazonaws.com/doc/2010-08-01/"
    package static let targetPrefix = "GraniteServiceVersion20100801"

    package let store: Store
    let metrics = MetricStore()
    let collector: MetricCollector

    /// - Parameter sources: the services whose figures are metrics.
    package init(store: Store, sources: [any MetricSource], time: any TimeSource) {
        self.store = store
        collector = MetricCollector(sources: sources, store: metrics, time: time)
    }

    typealias Work = @Sendable (CloudWatchService, Document, Call) throws(ServiceError) -> Document?

    private static let work: [String: Work] = [
        "PutMetricData": { (service, input, call) throws(ServiceError) in try service.putMetricData(input, call) },
        "GetMetricData": { (service, input, call) throws(ServiceError) in try service.getMetricData(input, call) },
        "GetMetricStatistics": { (service, input, call) throws(ServiceError) in try service.getMetricStatistics(input, call) },
        "ListMetrics": { (service, input, call) throws(ServiceError) in try service.listMetrics(input, call) },
        "PutMetricAlarm": { (service, input, call) throws(ServiceError) in try service.putMetricAlarm(input, call) },
        "DescribeAlarms": { (service, input, call) throws(ServiceError) in try service.describeAlarms(input, call) },
        "DescribeAlarmsForMetric": { (service, input, call) throws(ServiceError) in try service.describeAlarmsForMetric(input, call) },
        "DeleteAlarms": { (service, input, call) throws(ServiceError) in try service.deleteAlarms(input, call) },
        "SetAlarmState": { (service, input, call) throws(ServiceError) in try service.setAlarmState(input, call) },
        "EnableAlarmActions": { (service, input, call) throws(ServiceError) in try service.setActions(input, isEnabled: true, call) },
        "DisableAlarmActions": { (service, input, call) throws(ServiceError) in try service.setActions(input, isEnabled: false, call) },
        "TagResource": { (service, input, call) throws(ServiceError) in try service.tagResource(input, call) },
        "UntagResource": { (service, input, call) throws(ServiceError) in try service.untagResource(input, call) },
        "ListTagsForResource": { (service, input, call) throws(ServiceError) in try service.listTags(input, call) },
    ]

    package var table: ServiceTable {
        let dialect = ServiceDialect(
            name: "monitoring",
            violationCode: "ValidationError",
            package: "com.amazonaws.cloudwatch.v2010_08_01.model",
            numbers: .plain
        )
        return ServiceTable(self, inputs: CloudWatch.inputs, work: Self.work, dialect, dataPlane: ["PutMetricData"])
    }

    /// Forgets every value; alarms go with the store's records.
    package func forget() { metrics.removeAll() }

    package func start() { collector.start() }
    package func stop() { collector.stop() }
    /// Called before the server's clock is moved: what has gathered is of the time until now.
    package func clockWillBeSet() { collector.collect() }
}

extension ServiceError {
    static func invalidValue(_ message: String) -> ServiceError { ServiceError("InvalidParameterValue", message) }
    static func invalidCombination(_ message: String) -> ServiceError { ServiceError("InvalidParameterCombination", message) }
    static func missing(_ message: String) -> ServiceError { ServiceError("MissingParameter", message) }

    /// What AWS has and is not carried out here.
    static func notHere(_ what: String) -> ServiceError {
        ServiceError(
            "ValidationError",
            "\(what) is not carried out by personalite.",
            hint: "docs/fidelity-cloudwatch.md lists what personalite carries out of CloudWatch"
        )
    }
}
