import CPostStack
import Emulator
import Glibc
import Wire

/// The post's stack, `testdata/post`: its template, and the functions that its API and its stream call.
struct DemoStack {
    static let name = "post"
    /// Where `aws cloudformation package` would put the functions; in the bucket of the data.
    static let codeKey = "handlers.zip"

    /// What the functions are written in.
    enum Handlers: String {
        case node, python

        var words: String { self == .node ? "Node" : "Python" }

        /// Those in Node, or where there is none those in Python.
        static func find() throws(CommandFault) -> Handlers {
            if Emulator.runsNodeFunctions { return .node }
            if Emulator.runsPythonFunctions { return .python }
            throw CommandFault(
                """
                The story's REST API calls functions, and nothing on the PATH can run them: there is neither a node nor a python3. \
                Please install one of them, as by apt-get install nodejs.
                """
            )
        }
    }

    let handlers: Handlers
    let data: DemoData

    /// The functions in both languages, in one archive.
    static var code: [UInt8] {
        ZIPWriter.archive(
            files.filter { $0.name.hasPrefix("handlers/") }.map { (String($0.name.dropFirst("handlers/".count)), $0.bytes) }
        )
    }

    /// The template as `aws cloudformation package` leaves it: the folder of the functions is an object.
    static var template: String {
        let text = String(decoding: files.first { $0.name == "template.yaml" }?.bytes ?? [], as: UTF8.self)
        return text.replacing("Code: handlers\n", with: "Code: {S3Bucket: \(DemoStory.bucket), S3Key: \(codeKey)}\n")
    }

    /// The parameters that are not the template's defaults.
    var parameters: [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        if handlers != .node { parameters.append(("Handlers", handlers.rawValue)) }
        if Set(data.interactionColumns) != ["USER_ID", "ITEM_ID", "EVENT_TYPE", "TIMESTAMP"] {
            parameters.append(("InteractionsSchema", DemoSchema.interactions(data.interactionColumns)))
        }
        if Set(data.itemColumns) != ["ITEM_ID", "GENRE", "YEAR"] { parameters.append(("ItemsSchema", DemoSchema.items(data.itemColumns))) }
        return parameters
    }

    /// Makes the stack, and waits until all of it is there.
    /// - Returns: the id of its REST API, and how many resources there are.
    func deploy(_ client: ServerClient, waiting: () -> Void) throws -> (api: String, resources: Int) {
        var form = [
            ("StackName", Self.name), ("TemplateBody", Self.template), ("DisableRollback", "true"), ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
        ]
        for (number, parameter) in parameters.enumerated() {
            form.append(("Parameters.member.\(number + 1).ParameterKey", parameter.name))
            form.append(("Parameters.member.\(number + 1).ParameterValue", parameter.value))
        }
        _ = try client.cloudFormation("CreateStack", form)
        while true {
            let stack = try client.cloudFormation("DescribeStacks", [("StackName", Self.name)])["Stacks"]?["member"]
            switch stack?["StackStatus"]?.text {
            case "CREATE_COMPLETE"?:
                let output = stack?["Outputs"]?.children.first { $0["OutputKey"]?.text == "Api" }
                guard let api = output?["OutputValue"]?.text else { throw CommandFault("The stack does not say which API it has.") }
                let resources = try client.cloudFormation("DescribeStackResources", [("StackName", Self.name)])["StackResources"]?.children.count
                return (api, resources ?? 0)
            case "CREATE_IN_PROGRESS"?:
                waiting()
                WallClock.pause()
            default: throw CommandFault(try Self.reason(client))
            }
        }
    }

    /// Why the stack has failed: the reason of the resource that failed first.
    private static func reason(_ client: ServerClient) throws(CommandFault) -> String {
        let events = try client.cloudFormation("DescribeStackEvents", [("StackName", name)])["StackEvents"]?.children ?? []
        let failed = events.last { $0["ResourceStatus"]?.text.hasSuffix("_FAILED") ?? false }
        let reason = failed?["ResourceStatusReason"]?.text ?? "no reason given"
        return "The stack cannot be made: \(failed?["LogicalResourceId"]?.text ?? name): \(reason)"
    }

    /// The template and the functions as files, for `aws cloudformation package`.
    static func write(to folder: String) throws(CommandFault) {
        for file in files {
            var path = folder
            for part in file.name.split(separator: "/") {
                guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw CommandFault("\(path): \(String(cString: strerror(errno))).") }
                path += "/\(part)"
            }
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw CommandFault("\(path): \(String(cString: strerror(errno))).") }
            defer { close(descriptor) }
            guard Glibc.write(descriptor, file.bytes, file.bytes.count) == file.bytes.count else {
                throw CommandFault("\(path) could not be written.")
            }
        }
    }

    private static let files: [(name: String, bytes: [UInt8])] = {
        var files: [(name: String, bytes: [UInt8])] = []
        while let file = post_file(files.count)?.pointee {
            files.append((String(cString: file.name), Array(UnsafeBufferPointer(start: file.bytes, count: file.count))))
        }
        return files
    }()
}
