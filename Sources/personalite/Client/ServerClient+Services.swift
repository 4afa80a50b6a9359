import Glibc
import ServiceKit
import Wire

/// The services, and what the server says of itself.
extension ServerClient: PersonalizeCaller {
    /// An operation of the JSON services.
    func call(_ target: String, service: String, _ input: [(String, Document)]) throws(CommandFault) -> Document {
        var request = WireRequest(
            method: "POST",
            path: "/",
            headers: ["host": authority, "content-type": "application/x-amz-json-1.1", "x-amz-target": target],
            body: JSON.write(.object(Document.Fields(input)))
        )
        sign(&request, service: service)
        return try document(of: request, what: target.split(separator: ".").last.map(String.init) ?? target)
    }

    func personalize(_ operation: String, _ input: [(String, Document)]) throws(CommandFault) -> Document {
        try call("AmazonPersonalize.\(operation)", service: "personalize", input)
    }

    /// The names of all streams.
    func streams() throws(CommandFault) -> [Document] {
        try Pages.all("ListStreams", "NextToken") { (token) throws(CommandFault) in
            let answer = try call("Kinesis_20131202.ListStreams", service: "kinesis", token.map { [("NextToken", .string($0))] } ?? [])
            return (answer["StreamNames"]?.listIfAny ?? [], answer["NextToken"]?.textIfAny)
        }
    }

    /// An operation of Personalize's events and runtime, by its path.
    func runtime(_ path: String, _ input: Document) throws(CommandFault) -> Document {
        var request = request("POST", path, input)
        sign(&request, service: "personalize")
        return try document(of: request, what: path)
    }

    /// What the server says of itself, below `/_personalite/`; signed, so that another machine's answers too.
    func admin(_ method: String, _ path: String, query: String = "", _ input: Document? = nil) throws(CommandFault) -> Document {
        var request = request(method, "/_personalite/\(path)", query: query, input)
        sign(&request, service: "personalize")
        return try document(of: request, what: request.path)
    }

    /// Makes a bucket in the region of the requests. In us-east-1 one that is the caller's already is answered as if it had been made.
    func createBucket(_ name: String) throws(CommandFault) {
        guard region.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else { throw CommandFault("\(region) is no region.") }
        let place = "<LocationConstraint>\(region)</LocationConstraint>"
        let body = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(place)</CreateBucketConfiguration>"
        do throws(CommandFault) {
            // Of us-east-1 alone nothing is said.
            try s3("PUT", "/\(name)", body: region == Self.region ? [] : Array(body.utf8))
        } catch {
            guard error.code == "BucketAlreadyOwnedByYou" else { throw error }
        }
    }

    /// A request to S3 that is answered with nothing worth reading.
    func s3(_ method: String, _ path: String, body: [UInt8] = []) throws(CommandFault) {
        var request = WireRequest(method: method, path: path, headers: ["host": authority], body: body)
        sign(&request, service: "s3", rules: .s3)
        try Self.expect(try send(request), of: "\(method) \(path)")
    }

    /// Whether a bucket of the caller has an object.
    func hasObject(_ bucket: String, _ key: String) throws(CommandFault) -> Bool {
        var request = WireRequest(method: "GET", path: "/\(bucket)", query: "list-type=2&prefix=\(Percent.encode(key))", headers: ["host": authority])
        sign(&request, service: "s3", rules: .s3)
        let answer = try send(request)
        try Self.expect(answer, of: "ListObjectsV2")
        guard let list = try? XMLElement(parsing: answer.body) else { throw CommandFault("ListObjectsV2 was answered with no XML.") }
        return list.children.contains { $0.name == "Contents" && $0["Key"]?.text == key }
    }

    /// A file as an object. Its bytes are not signed, so that it need not be read twice, and never whole.
    /// - Parameters:
    ///   - beginning: what stands in the place of the file's first `skipped` bytes.
    ///   - isNew: whether an object that is there already is refused, with the code PreconditionFailed.
    ///   - sent: told which share of it is on its way.
    func upload(
        _ file: String,
        to path: String,
        isNew: Bool = false,
        beginning: [UInt8] = [],
        skipped: Int = 0,
        sent: (Double) -> Void
    ) throws(CommandFault) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandFault("\(file) cannot be read: \(String(cString: strerror(errno))).") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw CommandFault("\(file) is no file.") }
        var request = WireRequest(method: "PUT", path: path, headers: ["host": authority])
        if isNew { request.headers.fields.append((name: "if-none-match", value: "*")) }
        sign(&request, service: "s3", rules: .s3, payload: .unsigned)
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        var first = beginning
        let length = beginning.count + max(0, Int(status.st_size) - skipped)
        var total = 0
        lseek(descriptor, skipped, SEEK_SET)
        let answer = try send(request, length: length) { () throws(CommandFault) in
            defer { sent(Double(total) / Double(max(1, length))) }
            if !first.isEmpty {
                total += first.count
                defer { first = [] }
                return first
            }
            let count = read(descriptor, &piece, min(piece.count, length - total))
            guard count >= 0 else { throw CommandFault("\(file) cannot be read: \(String(cString: strerror(errno))).") }
            total += count
            return Array(piece[..<count])
        }
        try Self.expect(answer, of: "PUT \(path)")
    }

    /// A route of an API of API Gateway, in its stage `prod`; whoever may send this need not sign.
    func rest(_ method: String, _ api: String, _ route: String, query: String = "", _ input: Document? = nil) throws(CommandFault) -> Document {
        let request = request(method, "/_aws/execute-api/\(api)/prod/\(route)", query: query, input)
        return try document(of: request, what: "\(method) /\(route)")
    }

    /// The result of an operation of CloudFormation.
    func cloudFormation(_ action: String, _ parameters: [(String, String)]) throws(CommandFault) -> XMLElement {
        let form = [("Action", action), ("Version", "2010-05-15")] + parameters
        var request = WireRequest(
            method: "POST",
            path: "/",
            headers: ["host": authority, "content-type": "application/x-www-form-urlencoded; charset=utf-8"],
            body: Array(form.map { "\(Percent.encode($0.0))=\(Percent.encode($0.1))" }.joined(separator: "&").utf8)
        )
        sign(&request, service: "cloudformation")
        let answer = try send(request)
        try Self.expect(answer, of: action)
        guard let result = (try? XMLElement(parsing: answer.body))?["\(action)Result"] else {
            throw CommandFault("\(action) was answered with no result: \(answer.text.prefix(2000))")
        }
        return result
    }

    private func request(_ method: String, _ path: String, query: String = "", _ input: Document?) -> WireRequest {
        WireRequest(
            method: method,
            path: path,
            query: query,
            headers: ["host": authority, "content-type": "application/json"],
            body: input.map { JSON.write($0) } ?? []
        )
    }

    private func document(of request: WireRequest, what: String) throws(CommandFault) -> Document {
        let answer = try send(request)
        try Self.expect(answer, of: what)
        guard !answer.body.isEmpty else { return .null }
        guard let document = try? JSON.parse(answer.body) else {
            throw CommandFault("\(what) was answered with no JSON: \(answer.text.prefix(2000))")
        }
        return document
    }

    /// A refusal in the service's words.
    static func expect(_ answer: Answer, of what: String) throws(CommandFault) {
        guard !(200...299).contains(answer.status) else { return }
        let body = try? JSON.parse(answer.body)
        // S3 answers XML, and the query protocol too, with one more element around it.
        let root = body == nil ? try? XMLElement(parsing: answer.body) : nil
        let xml = root?["Error"] ?? root
        let named = answer.headers["x-amzn-errortype"] ?? body?["__type"]?.textIfAny ?? body?["code"]?.textIfAny ?? xml?["Code"]?.text
        let code = named.map { String(($0.split(separator: "#").last ?? "").prefix { $0 != ":" }) }
        let message = body?["message"]?.textIfAny ?? body?["Message"]?.textIfAny ?? xml?["Message"]?.text ?? String(answer.text.prefix(2000))
        throw CommandFault("\(what) was refused with status \(answer.status): \(code.map { "\($0): " } ?? "")\(message)", code: code)
    }
}
