import ServiceKit
import Wire

/// What a copy asks of the server that it is made in.
extension ServerClient {
    /// The account that the key belongs to.
    func account() throws(CommandFault) -> String {
        var request = WireRequest(
            method: "POST",
            path: "/",
            headers: ["host": authority, "content-type": "application/x-www-form-urlencoded"],
            body: Array("Action=GetCallerIdentity&Version=2011-06-15".utf8)
        )
        sign(&request, service: "sts")
        let answer = try send(request)
        try Self.expect(answer, of: "GetCallerIdentity")
        guard let account = (try? XMLElement(parsing: answer.body))?["GetCallerIdentityResult"]?["Account"]?.text, !account.isEmpty else {
            throw CommandFault("GetCallerIdentity was answered without an account.")
        }
        return account
    }

    /// The header that says of a copied object which one it is of.
    private static let origin = "x-amz-meta-personalite-source"

    /// Whether an object is there already.
    /// - Throws: `CommandFault` when another one has its place, which is left alone.
    func has(_ object: SourceObject) throws(CommandFault) -> Bool {
        var request = WireRequest(method: "GET", path: Self.path(object), headers: ["host": authority, "range": "bytes=0-0"])
        sign(&request, service: "s3", rules: .s3)
        let answer = try send(request)
        switch answer.status {
        case 404: return false
        case 416: if object.size == 0 { return true }
        default:
            try Self.expect(answer, of: "GetObject of s3://\(object.bucket)/\(object.key)")
            let size = answer.headers["content-range"]?.split(separator: "/").last.flatMap { Int($0) } ?? answer.body.count
            let isOfIt = answer.headers["etag"] == object.tag || answer.headers[Self.origin] == Self.mark(object)
            if size == object.size, isOfIt { return true }
        }
        throw CommandFault(
            "s3://\(object.bucket)/\(object.key) is there already with other content, and is not overwritten.",
            code: "PreconditionFailed"
        )
    }

    /// Takes an object over, piece by piece.
    /// - Parameters:
    ///   - piece: gives the bytes from a place on.
    ///   - sent: told how many bytes are on their way.
    func copy(
        _ object: SourceObject,
        piece: (_ offset: Int) throws(CommandFault) -> [UInt8],
        sent: (Int) -> Void
    ) throws(CommandFault) {
        var request = WireRequest(method: "PUT", path: Self.path(object), headers: ["host": authority, Self.origin: Self.mark(object)])
        // What another has put there meanwhile stays.
        request.headers.fields.append((name: "if-none-match", value: "*"))
        sign(&request, service: "s3", rules: .s3, payload: .unsigned)
        var offset = 0
        let answer = try send(request, length: object.size) { () throws(CommandFault) in
            let bytes = try piece(offset)
            offset += bytes.count
            sent(offset)
            return bytes
        }
        try Self.expect(answer, of: "PutObject of s3://\(object.bucket)/\(object.key)")
    }

    private static func path(_ object: SourceObject) -> String { "/\(object.bucket)/\(Percent.encode(object.key, keepingSlashes: true))" }

    /// A tag without its quotes, of characters that a header can have.
    private static func mark(_ object: SourceObject) -> String { object.tag.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") } }

    /// Waits until a resource is ACTIVE or has failed.
    /// - Parameter tell: told the share that is done and what goes on; what it throws ends the wait.
    func settled(_ arn: String, _ tell: (Double?, String) throws(CommandFault) -> Void) throws(CommandFault) -> ResourceStatus {
        var pause: UInt32 = 10
        while true {
            let now = try ResourceStatus.of(arn, self)
            if now.isActive || now.hasFailed || now.status == "INACTIVE" { return now }
            let work = try admin("GET", "work")["work"]?.listIfAny.first { $0["arn"]?.textIfAny == arn }
            try tell(work?["fraction"]?.numberIfAny, work?["phase"]?.textIfAny ?? now.status)
            WallClock.pause(milliseconds: pause)
            pause = min(pause * 3 / 2, 250)
        }
    }
}
