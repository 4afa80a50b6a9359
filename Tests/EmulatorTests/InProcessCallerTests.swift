import S3Emulator
import Testing
import Wire

@testable import Emulator
@testable import ServiceKit

/// What a service meets that asks others without the wire: the checks, refusals and faults of a client.
@Suite struct InProcessCallerTests {
    private let harness: EmulatorHarness
    private let caller: InProcessCaller
    private let call: Call

    init() throws {
        harness = try EmulatorHarness()
        caller = harness.emulator.parts.caller
        call = Call(account: "111111111111", region: "eu-west-1", now: harness.time.now, requestID: "test")
    }

    private func refusal(_ service: String, _ operation: String, _ members: [(name: String, value: Document?)]) -> ServiceError? {
        do throws(ServiceError) {
            _ = try caller.call(service, operation, .members(members), call)
            return nil
        } catch {
            return error
        }
    }

    @Test func `texts stand for numbers, documents for texts, and first letters for either case`() throws {
        let trust: Document = .members([("Statement", .list([.members([("Effect", .string("Allow"))])]))])
        let input: Document = .members([
            ("roleName", .string("app")), ("assumeRolePolicyDocument", trust), ("MaxSessionDuration", .string("7200")), ("Description", .integer(5)),
        ])
        let made = try caller.call("iam", "CreateRole", input, call)?["Role"]
        #expect(made?["Arn"]?.textIfAny == "arn:aws:iam::111111111111:role/app")
        #expect(made?["MaxSessionDuration"]?.numberIfAny == 7200)
        #expect(made?["Description"]?.textIfAny == "5")
        #expect(refusal("iam", "CreateRole", [("RoleName", .string("app")), ("AssumeRolePolicyDocument", trust)])?.code == "EntityAlreadyExists")
    }

    @Test func `checks refuse what they refuse of clients`() {
        let long = refusal("personalize", "CreateDatasetGroup", [("name", .string(String(repeating: "n", count: 64)))])
        #expect(long?.code == "InvalidInputException")
        #expect(long?.message?.contains("Member must have length less than or equal to 63") == true)
        #expect(refusal("personalize", "NoSuchThing", [])?.code == "UnknownOperationException")
        #expect(refusal("nothing", "NoSuchThing", [])?.code == "UnknownOperationException")
    }

    @Test func `buckets are made, found and deleted in the call's account and region`() throws {
        let bucket: (name: String, value: Document?) = ("Bucket", .string("in-process"))
        #expect(refusal("s3", "HeadBucket", [bucket])?.status == 404)
        #expect(refusal("s3", "CreateBucket", [bucket, ("LocationConstraint", .string("eu-west-1"))]) == nil)
        #expect(refusal("s3", "HeadBucket", [bucket]) == nil)
        let policy = #"{"Version":"2012-10-17","Statement":[]}"#
        #expect(refusal("s3", "PutBucketPolicy", [bucket, ("Policy", .string(policy))]) == nil)
        #expect(try caller.call("s3", "GetBucketPolicy", .members([bucket]), call)?["Body"]?.textIfAny == policy)
        #expect(refusal("s3", "DeleteBucketPolicy", [bucket]) == nil)
        #expect(refusal("s3", "GetBucketPolicy", [bucket])?.code == "NoSuchBucketPolicy")
        #expect(refusal("s3", "DeleteBucket", [bucket]) == nil)
        #expect(refusal("s3", "HeadBucket", [bucket])?.status == 404)
    }

    @Test func `names and regions that are none are refused, and never read as something else`() {
        for name in ["", "a/b", "?policy", "..", "UPPER"] {
            #expect(refusal("s3", "CreateBucket", [("Bucket", .string(name))])?.code == "InvalidBucketName", "\(name)")
        }
        let region = "</LocationConstraint><LocationConstraint>eu-west-1"
        let error = refusal("s3", "CreateBucket", [("Bucket", .string("in-process")), ("LocationConstraint", .string(region))])
        #expect(error?.code == "InvalidLocationConstraint")
        #expect(refusal("s3", "PutObject", [("Bucket", .string("in-process"))])?.code == "UnknownOperationException")
    }

    @Test func `an object is read whole, up to a limit`() throws {
        _ = try caller.call("s3", "CreateBucket", .members([("Bucket", .string("objects")), ("LocationConstraint", .string("eu-west-1"))]), call)
        try harness.emulator.parts.s3.write(bucket: "objects", key: "k", Array("12345".utf8), call)
        #expect(try caller.object(bucket: "objects", key: "k", limit: 5, call) == Array("12345".utf8))
        let refused = [("objects", "k", 4, "EntityTooLarge"), ("objects", "x", 9, "NoSuchKey"), ("nowhere", "k", 9, "NoSuchBucket")]
        for (bucket, key, limit, code) in refused {
            do throws(ServiceError) {
                _ = try caller.object(bucket: bucket, key: key, limit: limit, call)
                Issue.record("\(bucket)/\(key) was read")
            } catch {
                #expect(error.code == code)
            }
        }
    }

    @Test func `rules of faults hold`() throws {
        let rule = try FaultRule(JSON.parse(Array(#"{"service":"iam","error":{"statusCode":400,"code":"Throttling"}}"#.utf8)))
        harness.emulator.parts.faults.change { $0 = [rule] }
        #expect(refusal("iam", "ListRoles", [])?.code == "Throttling")
        #expect(refusal("sts", "GetCallerIdentity", []) == nil)
    }
}
