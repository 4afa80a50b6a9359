package import Logging
package import ServiceKit
import Shapes
import Wire

/// AWS CloudFormation: stacks of the resources that are here, made by the operations that a client would call.
package final class CloudFormationService: Sendable {
    package static let namespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/"

    package let engine: StackEngine

    package let custom: CustomResources
    let isNested: Bool

    /// - Parameters:
    ///   - functions: run those of custom resources.
    ///   - address: where they send their responses.
    package init(
        store: Store,
        caller: any ServiceCaller,
        functions: any FunctionInvoker,
        address: ServerAddress,
        time: any TimeSource,
        log: Logger
    ) {
        custom = CustomResources(functions: functions, address: address, store: store, time: time, log: log)
        engine = StackEngine(store: store, caller: caller, custom: custom, time: time, log: log)
        isNested = false
    }

    /// For stacks in stacks: who waits for them holds a thread already, so they wait for no turn.
    init(_ engine: StackEngine, isNested: Bool) {
        (self.engine, self.isNested) = (engine, isNested)
        custom = engine.custom
    }

    typealias Work = @Sendable (CloudFormationService, Document, Call) throws(ServiceError) -> Document?

    private static let work: [String: Work] = [
        "CreateStack": { (service, input, call) throws(ServiceError) in try service.createStack(input, call) },
        "UpdateStack": { (service, input, call) throws(ServiceError) in try service.updateStack(input, call) },
        "DeleteStack": { (service, input, call) throws(ServiceError) in try service.deleteStack(input, call) },
        "UpdateTerminationProtection": { (service, input, call) throws(ServiceError) in try service.updateTerminationProtection(input, call) },
        "CreateChangeSet": { (service, input, call) throws(ServiceError) in try service.createChangeSet(input, call) },
        "DescribeChangeSet": { (service, input, call) throws(ServiceError) in try service.describeChangeSet(input, call) },
        "ExecuteChangeSet": { (service, input, call) throws(ServiceError) in try service.executeChangeSet(input, call) },
        "DeleteChangeSet": { (service, input, call) throws(ServiceError) in try service.deleteChangeSet(input, call) },
        "ListChangeSets": { (service, input, call) throws(ServiceError) in try service.listChangeSets(input, call) },
        "DescribeStacks": { (service, input, call) throws(ServiceError) in try service.describeStacks(input, call) },
        "ListStacks": { (service, input, call) throws(ServiceError) in try service.listStacks(input, call) },
        "DescribeStackEvents": { (service, input, call) throws(ServiceError) in try service.describeStackEvents(input, call) },
        "DescribeStackResource": { (service, input, call) throws(ServiceError) in try service.describeStackResource(input, call) },
        "DescribeStackResources": { (service, input, call) throws(ServiceError) in try service.describeStackResources(input, call) },
        "ListStackResources": { (service, input, call) throws(ServiceError) in try service.listStackResources(input, call) },
        "GetTemplate": { (service, input, call) throws(ServiceError) in try service.getTemplate(input, call) },
        "GetTemplateSummary": { (service, input, call) throws(ServiceError) in try service.getTemplateSummary(input, call) },
        "ValidateTemplate": { (service, input, call) throws(ServiceError) in try service.validateTemplate(input, call) },
        "ListExports": { (service, input, call) throws(ServiceError) in try service.listExports(input, call) },
        "ListImports": { (service, input, call) throws(ServiceError) in try service.listImports(input, call) },
    ]

    package var table: ServiceTable {
        let dialect = ServiceDialect(
            name: "cloudformation",
            violationCode: "ValidationError",
            package: "com.amazonaws.cloudformation",
            numbers: .plain
        )
        return ServiceTable(self, inputs: CloudFormation.inputs, work: Self.work, dialect)
    }

    // MARK: Stacks by name

    /// - Parameter words: what is said of one that is not there; `%` stands for its name.
    func stack(_ name: String, _ call: Call, orSay words: String = "Stack with id % does not exist") throws(ServiceError) -> Stack {
        guard let stack = try engine.read(call, { try $0.stack(name) }) else {
            throw .invalid(words.split(separator: "%", omittingEmptySubsequences: false).joined(separator: name))
        }
        return stack
    }

    static let unknownStack = "Stack [%] does not exist"
}
