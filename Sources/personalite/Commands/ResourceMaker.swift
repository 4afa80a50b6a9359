import Wire

/// Makes resources of Amazon Personalize one after the other, each once the one before is ACTIVE, and knows which stand.
struct ResourceMaker {
    let client: ServerClient
    let progress: Progress
    /// Whether one that is there already is taken.
    let resumes: Bool
    /// ARNs of what was made or taken, in order.
    var standing: [String] = []

    /// How those of a kind are listed.
    struct Listing {
        var operation: String
        var input: [(String, Document)]
        var member: String
        /// The member with the name; nil for what has none: then one that has not failed is taken.
        var name: String?
        /// Members that have to be those of the request.
        var same: [String]

        init(_ operation: String, _ input: [(String, Document)], _ member: String, name: String? = "name", same: [String] = []) {
            self.operation = operation
            self.input = input
            self.member = member
            self.name = name
            self.same = same
        }
    }

    init(client: ServerClient, progress: Progress, resumes: Bool) {
        self.client = client
        self.progress = progress
        self.resumes = resumes
    }

    /// Makes a resource, or takes the one that an earlier run made, and waits until it is ACTIVE.
    /// - Parameter arn: the member of the answer and of the list.
    /// - Returns: its ARN.
    mutating func make(
        _ title: String,
        _ operation: String,
        _ input: [(String, Document)],
        _ arn: String,
        _ listing: Listing
    ) throws(CommandFault) -> String {
        let resource: String
        if let known = try found(listing, arn, like: input) {
            resource = known
        } else {
            let answer = try client.personalize(operation, input)
            guard let made = answer[arn]?.textIfAny else { throw CommandFault("\(operation) was answered without \(arn).") }
            resource = made
        }
        try wait(title, for: resource)
        return resource
    }

    /// One that stands from an earlier run; nil when there is none, or this is none that goes on.
    func found(_ listing: Listing, _ arn: String, like input: [(String, Document)] = []) throws(CommandFault) -> String? {
        guard resumes else { return nil }
        let wanted = listing.name.flatMap { name in input.first { $0.0 == name }?.1 }
        let one = try client.all(listing.operation, listing.input, listing.member).last { one in
            listing.name.map { one[$0] == wanted }
                ?? (one["status"]?.textIfAny?.hasSuffix("FAILED") == false && one["status"] != .string("CREATE STOPPED"))
        }
        guard let one, let found = one[arn]?.textIfAny else { return nil }
        for member in listing.same where one[member] != input.first(where: { $0.0 == member })?.1 {
            throw CommandFault("\(found) is there with another \(member); choose another --name.")
        }
        return found
    }

    /// A schema, which has no status.
    mutating func schema(_ name: String, _ text: String) throws(CommandFault) -> String {
        let listing = Listing("ListSchemas", [], "schemas")
        if let known = try found(listing, "schemaArn", like: [("name", .string(name))]) {
            let described = try client.personalize("DescribeSchema", [("schemaArn", .string(known))])["schema"]?["schema"]?.textIfAny ?? ""
            // A service may write the same schema with other blanks.
            guard let there = try? JSON.parse(Array(described.utf8)), let here = try? JSON.parse(Array(text.utf8)), there == here else {
                throw CommandFault("\(known) is there and is not that of this file; choose another --name.")
            }
            standing.append(known)
            return known
        }
        let answer = try client.personalize("CreateSchema", [("name", .string(name)), ("schema", .string(text))])
        guard let made = answer["schemaArn"]?.textIfAny else { throw CommandFault("CreateSchema was answered without schemaArn.") }
        standing.append(made)
        return made
    }

    /// Returns when a resource is ACTIVE.
    mutating func wait(_ title: String, for arn: String) throws(CommandFault) {
        standing.append(arn)
        let client = client
        try progress.step(title) { (tell) throws(CommandFault) in
            var pause: UInt32 = 10
            while true {
                let now = try ResourceStatus.of(arn, client)
                if now.isActive { return }
                if now.hasFailed { throw CommandFault("\(arn) is \(now.status)\(now.reason.map { ": \($0)" } ?? "").") }
                let work = try client.admin("GET", "work")["work"]?.listIfAny.first { $0["arn"]?.textIfAny == arn }
                tell(work?["fraction"]?.numberIfAny, work?["phase"]?.textIfAny ?? now.status)
                WallClock.pause(milliseconds: pause)
                pause = min(pause * 3 / 2, 250)
            }
        }
    }
}
