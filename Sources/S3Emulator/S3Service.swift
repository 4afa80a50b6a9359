import Dispatch
package import Logging
package import SQLite
package import ServiceKit
import Synchronization
package import Wire

/// The part of Amazon S3 that Personalize and its users need.
package final class S3Service: ObjectSource, ObjectSink, BucketSink {
    /// Whether the host of a request names a bucket, so that its path is a key and nothing else.
    package static func isOfBucket(_ request: WireRequest) -> Bool {
        request.headers.authority.flatMap(S3Target.bucket(inHost:)) != nil
    }

    let store: Store
    package let blobs: BlobStore
    let time: any TimeSource
    let authenticator: Authenticator
    let configuration: ServerConfiguration
    private let log: Logger
    let notifications: NotificationQueue
    /// Who is told of changes of objects, and how functions are looked at; there once `connect` was called.
    private let connected = Mutex<(functions: any FunctionInvoker, events: any EventPublisher, caller: any ServiceCaller)?>(nil)

    package init(store: Store, authenticator: Authenticator, configuration: ServerConfiguration, time: any TimeSource, log: Logger) throws {
        self.store = store
        self.authenticator = authenticator
        self.configuration = configuration
        self.time = time
        self.log = log
        notifications = NotificationQueue(store: store, time: time, log: log)
        blobs = try BlobStore(store: store, syncs: configuration.sync == .always, log: log)
        // Nothing waits for this: what it moves is invisible, and new blobs have higher numbers.
        DispatchQueue.global(qos: .utility).async { [blobs, log] in
            do throws(ServiceError) {
                try blobs.setAsideUnclaimed()
            } catch {
                log.warning("files that an earlier run left could not be set aside", metadata: ["cause": "\(error)"])
            }
        }
    }

    /// Makes notifications possible: they go to services that are made after this one.
    package func connect(functions: any FunctionInvoker, events: any EventPublisher, caller: any ServiceCaller) {
        connected.withLock { $0 = (functions, events, caller) }
    }

    var connection: (functions: any FunctionInvoker, events: any EventPublisher, caller: any ServiceCaller)? { connected.withLock { $0 } }

    /// Goes on with the notifications that an earlier run left.
    package func resume() {
        if let connection { notifications.start((connection.functions, connection.events)) }
    }

    /// Nothing is told any more when this returns.
    package func pause() { notifications.stop() }

    // MARK: One request

    /// Of a body that is not an object's: the longest list of parts or keys fits into it.
    private static let maximumBody = 4 << 20

    /// Uploads are refused here if they can be, before anything is sent for nothing.
    package func admit(_ head: WireRequest) -> Admission {
        guard head.method == "PUT" || Self.isForm(head) else { return .collect(limit: Self.maximumBody) }
        let call = newCall()
        do throws(ServiceError) {
            let target = try S3Target(head)
            let operation = try S3Operation(head, target)
            guard operation.streams else { return .collect(limit: Self.maximumBody) }
            // A form says who sends it in its body.
            if operation == .postObject { return .stream(try FormUpload(self, head: head, target: target, call)) }
            let request = try open(head, target, operation: .success(operation), call)
            return .stream(try ObjectUpload(self, request, isPart: operation == .uploadPart))
        } catch {
            return .refuse(failure(error, head, call))
        }
    }

    private static func isForm(_ head: WireRequest) -> Bool {
        guard head.method == "POST", let target = try? S3Target(head) else { return false }
        return (try? S3Operation(head, target)) == .postObject
    }

    private func newCall() -> Call {
        Call(account: configuration.account, region: configuration.region, now: time.now, requestID: RequestID.random())
    }

    /// Who sends it is found out before anything else is said, also that there is no such operation.
    private func open(
        _ head: WireRequest,
        _ target: S3Target,
        operation: Result<S3Operation, ServiceError>,
        _ call: Call
    ) throws(ServiceError) -> S3Request {
        if configuration.authentication != .off, S3Access.isUnsigned(head, target) {
            throw try refusalOfUnsigned(try? operation.get(), target)
        }
        let access = try S3Access(head, target, authenticator: authenticator, configuration: configuration, now: authenticator.now)
        let call = call.by(access.caller)
        let request = S3Request(head, target, access: access, call)
        try request.checkCommon(try operation.get())
        return request
    }

    package func answer(_ head: WireRequest, _ call: Call, _ reply: @escaping @Sendable (WireResponse) -> Void) {
        do throws(ServiceError) {
            reply(S3Answer.stamped(try answer(head, call), call))
        } catch {
            reply(failure(error, head, call))
        }
    }

    private func answer(_ head: WireRequest, _ call: Call) throws(ServiceError) -> WireResponse {
        if head.method == "OPTIONS" { throw Self.noCORS(head) }
        let target = try S3Target(head)
        let parsed = Result { () throws(ServiceError) in try S3Operation(head, target) }
        var request = try open(head, target, operation: parsed, call)
        let operation = try parsed.get()
        request.body = try payload(request, head.body, isAboutObject: operation == .completeMultipartUpload)
        return try carryOut(operation, request)
    }

    private static func noCORS(_ head: WireRequest) -> ServiceError {
        ServiceError(
            "AccessForbidden",
            "CORSResponse: CORS is not enabled for this bucket.",
            status: 403,
            extra: [("Method", head.headers["access-control-request-method"] ?? ""), ("ResourceType", "BUCKET")]
        )
    }

    /// How a page of a foreign origin is refused: its preflight as by a bucket without CORS rules, and what it sends without asking too.
    package static func refusal(ofPage head: WireRequest, _ reason: String) -> ServiceError {
        guard head.method == "OPTIONS" else { return ServiceError("AccessDenied", reason, status: 403) }
        var refusal = noCORS(head)
        refusal.hint = reason
        return refusal
    }

    /// Holds a body that is all at hand against what was said of it.
    private func payload(_ request: S3Request, _ bytes: [UInt8], isAboutObject: Bool) throws(ServiceError) -> [UInt8] {
        var reader = try request.payloadReader(isAboutObject: isAboutObject)
        var body: [UInt8] = []
        do throws(PayloadFault) {
            if !bytes.isEmpty { try reader.feed(bytes) { body.append(contentsOf: $0) } }
            _ = try reader.finish()
        } catch {
            throw ServiceError(error)
        }
        return body
    }

    func carryOut(_ operation: S3Operation, _ request: S3Request) throws(ServiceError) -> WireResponse {
        switch operation {
        case .listBuckets: try listBuckets(request)
        case .createBucket: try createBucket(request)
        case .headBucket: try headBucket(request)
        case .deleteBucket: try deleteBucket(request)
        case .getBucketLocation: try getBucketLocation(request)
        case .getBucketVersioning: try getBucketVersioning(request)
        case .getBucketNotificationConfiguration: try getBucketNotificationConfiguration(request)
        case .putBucketNotificationConfiguration: try putBucketNotificationConfiguration(request)
        case .getBucketPolicy: try getBucketPolicy(request)
        case .putBucketPolicy: try putBucketPolicy(request)
        case .deleteBucketPolicy: try deleteBucketPolicy(request)
        case .getBucketPolicyStatus: try getBucketPolicyStatus(request)
        case .getBucketSetting(let setting): try getBucketSetting(setting, request)
        case .listObjects: try listObjects(request)
        case .listObjectVersions: try listObjectVersions(request)
        case .listObjectsV2: try listObjectsV2(request)
        case .deleteObjects: try deleteObjects(request)
        case .listMultipartUploads: try listMultipartUploads(request)
        case .copyObject: try copyObject(request)
        case .getObject: try getObject(request)
        case .headObject: try headObject(request)
        case .deleteObject: try deleteObject(request)
        case .getObjectTagging: try getObjectTagging(request)
        case .getObjectAcl: try getObjectAcl(request)
        case .getObjectRetention, .getObjectLegalHold: try getObjectLock(request)
        case .createMultipartUpload: try createMultipartUpload(request)
        case .uploadPartCopy: try uploadPartCopy(request)
        case .completeMultipartUpload: try completeMultipartUpload(request)
        case .abortMultipartUpload: try abortMultipartUpload(request)
        case .listParts: try listParts(request)
        case .postObject, .putObject, .uploadPart: preconditionFailure("an upload goes to its sink")
        case .unsupported(let what): throw .notImplemented(what)
        }
    }

    package func failure(_ error: ServiceError, _ head: WireRequest, _ call: Call) -> WireResponse {
        note(error, call)
        return S3Answer.failure(error, method: head.method, path: head.path, call)
    }

    /// Faults of ours are logged with their cause; refusals only when somebody asks to see them.
    func note(_ error: ServiceError, _ call: Call) {
        if let cause = error.cause {
            log.error("S3 request failed", metadata: ["request": "\(call.requestID)", "cause": "\(cause)"])
        } else {
            log.debug("S3 request refused", metadata: ["request": "\(call.requestID)", "code": "\(error.code)", "message": "\(error.message ?? "")"])
        }
    }

    /// Everything is forgotten, inside the transaction of a reset. Uploads under way find no bucket when they end.
    /// - Returns: the blobs that are to be removed once it is committed.
    package func clear(_ database: Database) throws -> [Int64] {
        let blobs = try database.fetchAll(Int64.self, "SELECT blob FROM object UNION ALL SELECT blob FROM part")
        try database.execute(script: "DELETE FROM object; DELETE FROM part; DELETE FROM upload; DELETE FROM bucket")
        return blobs
    }
}
