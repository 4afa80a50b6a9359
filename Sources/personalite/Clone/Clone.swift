import ArgumentParser
import Wire

/// `personalite clone`: a data set group of AWS or of another server, here.
struct Clone: ClientCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a data set group of AWS, or of another server, again in this one.",
        discussion: """
            Reads the group with its schemas, data sets, imports, solutions, versions, campaigns, recommenders, filters, event trackers and metric \
            attributions, and the objects that were imported, and makes them in the same order under the same names and ARNs; what was trained is \
            trained again. Nothing is changed at the source. What cannot be carried is said by name. It can be run again: what is there is taken.

              personalite clone --profile work --region eu-west-1 --group shop --dry-run
              personalite clone --from http://127.0.0.1:4591 --group shop
              AWS_PROFILE=work personalite clone --group arn:aws:personalize:eu-west-1:123456789012:dataset-group/shop

            The key of the source is that of --profile, else of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else of AWS_PROFILE. It has to be allowed \
            personalize:List*, personalize:Describe*, and s3:GetObject and s3:ListBucket of the imported objects.
            """
    )

    @Option(help: ArgumentHelp("Server to read. (default: endpoint_url of the profile, else AWS)", valueName: "url")) var from: String?
    @Option(help: ArgumentHelp("Profile of the source.", valueName: "name")) var profile: String?
    @Option(help: ArgumentHelp("Region, at both places. (default: that of the group's ARN, of the profile, of $AWS_REGION)", valueName: "name"))
    var region: String?
    @Option(help: ArgumentHelp("Data set group, by name or ARN. (default: the only one)", valueName: "name")) var group: String?
    @Option(help: ArgumentHelp("Server to make it in. (default: $AWS_ENDPOINT_URL, else http://127.0.0.1:4590)", valueName: "url")) var into: String?
    @Option(help: ArgumentHelp("Profile with the key of that server. (default: the account of the source, with the secret test)", valueName: "name"))
    var intoProfile: String?
    @Flag(help: "Read the source, show what would be made, and stop.") var dryRun = false
    @Flag(help: "Leave the data; then nothing can be trained.") var withoutData = false
    @OptionGroup var form: OutputOptions

    func carryOut() throws(CommandFault) {
        // Before any thread is there.
        let interruption = Interruption()
        let console = Console()
        let progress = Progress(console, isShown: !form.isJSON)
        let source = try chosenSource(interruption)
        let arn = try chosenGroup(source)
        let carriesData = !withoutData
        let inventory = try progress.step("Reading \(Names.last(of: arn)) of \(source.address.words(source.region))") { (tell) throws(CommandFault) in
            try CloneInventory(source, group: arn, carriesData: carriesData) { tell(nil, $0) }
        }
        if dryRun { return show(inventory, console) }
        let target = try chosenTarget(arn, source.region)
        let names = TargetNames(group: arn, account: try target.account())
        var run = CloneRun(inventory, source, target, names, progress, interruption)
        let outcome = try run.carryOut()
        if form.isJSON { form.write(outcome.document(target)) } else { outcome.show(console, target) }
        if outcome.hasLosses { throw CommandFault("Not all of \(Names.last(of: arn)) was carried.") }
    }

    private func chosenSource(_ interruption: Interruption) throws(CommandFault) -> SourceClient {
        let chosen = try ChosenProfile(profile)
        let address = try (from ?? chosen.endpoint).map { (text) throws(CommandFault) in try SourceAddress(text) } ?? .aws
        let named = group.flatMap { Self.region(of: $0) }
        let around = PrintEnvironment.variable("AWS_REGION") ?? PrintEnvironment.variable("AWS_DEFAULT_REGION")
        // The region of a profile that was asked for counts for more than that of the environment.
        let profiled = profile == nil ? around ?? chosen.region : chosen.region ?? around
        guard let region = named ?? region ?? profiled ?? (address == .aws ? nil : ServerClient.region) else {
            throw CommandFault("Please say which region of AWS: --region NAME.")
        }
        if let named, let asked = self.region, named != asked { throw CommandFault("The group is in \(named), and --region is \(asked).") }
        // A server of ours knows the key test.
        guard let key = chosen.key ?? (address == .aws ? nil : ServerClient.Key(id: "test", secret: "test")) else {
            throw chosen.fault
                ?? CommandFault("There is no key for AWS: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose one with --profile NAME.")
        }
        return try SourceClient(address, region: region, key: key, interruption)
    }

    private func chosenGroup(_ source: SourceClient) throws(CommandFault) -> String {
        if let group, group.hasPrefix("arn:") { return group }
        let all = try source.all("ListDatasetGroups", [], "datasetGroups")
        let found = all.filter { group == nil || $0["name"]?.textIfAny == group }
        let place = source.address.words(source.region)
        let known = all.compactMap { $0["name"]?.textIfAny }.joined(separator: ", ")
        guard let only = found.first?["datasetGroupArn"]?.textIfAny else {
            let wanted = group.map { " \($0)" } ?? ""
            throw CommandFault("There is no data set group\(wanted) at \(place)\(known.isEmpty ? "" : "; there are \(known)").")
        }
        guard found.count == 1 else {
            throw CommandFault("There are several data set groups at \(place): \(known). Please choose with --group NAME.")
        }
        return only
    }

    private func chosenTarget(_ group: String, _ region: String) throws(CommandFault) -> ServerClient {
        let place = try Endpoint(into ?? PrintEnvironment.variable("AWS_ENDPOINT_URL") ?? "http://127.0.0.1:4590")
        let key: ServerClient.Key
        if let intoProfile {
            guard let chosen = try ChosenProfile(intoProfile).key else { throw CommandFault("Profile \(intoProfile) has no key.") }
            key = chosen
        } else {
            let account = group.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first.map(String.init) ?? ""
            guard account.count == 12, account.allSatisfy({ $0.isASCII && $0.isNumber }) else {
                throw CommandFault("\(group) has no account of twelve digits; choose a key with --into-profile NAME.")
            }
            key = ServerClient.Key(id: account, secret: "test")
        }
        return try ServerClient(host: place.host, port: place.port, key: key, region: region)
    }

    private static func region(of arn: String) -> String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 5 && parts[0] == "arn" && !parts[3].isEmpty ? String(parts[3]) : nil
    }

    private func show(_ inventory: CloneInventory, _ console: Console) {
        if form.isJSON {
            return form.write(
                .members([
                    (
                        "resources",
                        .list(
                            inventory.resources.map {
                                .members([("kind", .string($0.kind.word)), ("from", .string($0.arn)), ("objects", .integer(Int64($0.objects.count)))])
                            }
                        )
                    ),
                    ("bytes", .integer(Int64(Set(inventory.resources.flatMap(\.objects)).reduce(0) { $0 + $1.size }))),
                    ("left", .list(inventory.left.map(\.document))),
                ])
            )
        }
        console.line("Would be made, in this order:")
        console.table(
            inventory.resources.map { one in
                let bytes = one.objects.reduce(0) { $0 + $1.size }
                let data = one.objects.isEmpty ? "" : "\(one.objects.count) objects, \((Double(bytes) / 1e6).fixed(1)) MB"
                return [one.kind.word, one.name, data]
            }
        )
        CloneOutcome.show(inventory.left, console)
    }
}
