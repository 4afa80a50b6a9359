import ServiceKit
import Shapes
import Wire

extension ResourceTable {
    /// The resource of an ARN the caller named; refused as AWS does when it is another account's, of another kind, or of nothing.
    func existing<Body: ResourceBody>(_ arn: String, as type: Body.Type = Body.self, _ call: Call) throws -> Resource<Body> {
        try ResourceTable.checkOwner(of: arn, call)
        guard let resource = try find(arn, as: type) else { throw ServiceError.notFound(arn) }
        return resource
    }

    /// The resource, or what its deletion left; that is gone when it has been looked at.
    func described<Body: ResourceBody>(_ arn: String, as type: Body.Type = Body.self, _ call: Call) throws -> Resource<Body> {
        try ResourceTable.checkOwner(of: arn, call)
        if let resource = try find(arn, as: type) { return resource }
        guard let tombstone = try tombstone(of: arn, as: type) else { throw ServiceError.notFound(arn) }
        try removeTombstone(of: arn, as: type)
        return tombstone
    }

    /// Refuses an ARN of another account or region.
    static func checkOwner(of arn: String, _ call: Call) throws(ServiceError) {
        guard let parsed = ARN(arn), parsed.account == call.account, parsed.region == call.region else {
            throw ServiceError.Personalize.invalidInput(
                "Invalid Arn: \(arn). The Arn must belong to account \(call.account) in region \(call.region)."
            )
        }
    }

    /// Refuses a second resource of the same ARN, even an identical one.
    func checkIsNew<Body: ResourceBody>(_ arn: String, as type: Body.Type) throws {
        if try find(arn, as: type) != nil {
            throw ServiceError.Personalize.resourceAlreadyExists("Another resource with Arn \(arn) already exists.")
        }
    }

    /// A parent that may be built upon: it exists and is ACTIVE.
    func active<Body: ResourceBody>(_ arn: String, as type: Body.Type = Body.self, _ call: Call) throws -> Resource<Body> {
        let resource: Resource<Body> = try existing(arn, as: type, call)
        guard resource.lifecycle.status == .active else {
            throw ServiceError.inUse(arn, resource.lifecycle.status)
        }
        return resource
    }

    /// A resource that may be changed or deleted: no transition and no update is under way.
    func settled<Body: ResourceBody>(_ arn: String, as type: Body.Type = Body.self, _ call: Call) throws -> Resource<Body> {
        let resource: Resource<Body> = try existing(arn, as: type, call)
        guard resource.lifecycle.status.isSettled else {
            throw ServiceError.inUse(arn, resource.lifecycle.status)
        }
        if let update = resource.body.updateStatus, !update.isSettled { throw ServiceError.beingUpdated(arn, update) }
        return resource
    }

    /// A resource that may be changed: it is in one of the statuses, and no update is under way.
    func changeable<Body: ResourceBody>(
        _ arn: String,
        as type: Body.Type = Body.self,
        in statuses: Set<Lifecycle.Status>,
        _ call: Call
    ) throws -> Resource<Body> {
        let resource: Resource<Body> = try settled(arn, as: type, call)
        guard statuses.contains(resource.lifecycle.status) else { throw ServiceError.inUse(arn, resource.lifecycle.status) }
        return resource
    }
}

extension ServiceError {
    static func notFound(_ arn: String) -> ServiceError {
        .Personalize.resourceNotFound("Resource Arn \(arn) does not exist.")
    }

    /// AWS's own words for a resource in the wrong state are not known; these name what stands in the way.
    static func inUse(_ arn: String, _ status: Lifecycle.Status) -> ServiceError {
        .Personalize.resourceInUse("Resource Arn \(arn) is in status \(status.rawValue).")
    }

    static func beingUpdated(_ arn: String, _ status: Lifecycle.Status) -> ServiceError {
        .Personalize.resourceInUse("Resource Arn \(arn) has an update in status \(status.rawValue).")
    }

    /// An update that changes nothing. AWS's sentence is known by its beginning and its end.
    static func asDesired(_ arn: String) -> ServiceError {
        .Personalize.invalidInput("Resource Arn \(arn) is already configured as desired.")
    }

    static func inUse(_ arn: String, by dependent: String) -> ServiceError {
        .Personalize.resourceInUse("Resource Arn \(arn) is in use by \(dependent).")
    }
}

extension Lifecycle.Status {
    /// Whether the making has come to a good end. What it brought about is not told before, though the work may be done: passing states last their
    /// time; nor when it was given up.
    var comesAfterCreation: Bool {
        ![.createPending, .createInProgress, .createStopping, .createStopped, .createFailed].contains(self)
    }
}
