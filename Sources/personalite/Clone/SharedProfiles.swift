/// The profiles of `~/.aws/config` and `~/.aws/credentials`, as the aws CLI reads them.
///
/// Source: "Configuration and credential file settings", AWS CLI User Guide, 2025.
struct SharedProfiles {
    private var profiles: [String: [String: String]] = [:]

    /// Files that are not there are as good as empty.
    init() throws(CommandFault) {
        let home = PrintEnvironment.variable("HOME")
        let config = PrintEnvironment.variable("AWS_CONFIG_FILE") ?? home.map { $0 + "/.aws/config" }
        let credentials = PrintEnvironment.variable("AWS_SHARED_CREDENTIALS_FILE") ?? home.map { $0 + "/.aws/credentials" }
        if let config { take(try ProfileFile.text(config)) { $0 == "default" ? "default" : Self.name(of: $0) } }
        // What both have is taken from here.
        if let credentials { take(try ProfileFile.text(credentials), isKeyed: true) { String($0) } }
    }

    /// The settings of a profile; nil when there is none of that name.
    subscript(name: String) -> [String: String]? { profiles[name] }

    /// `shop` of `profile shop`; nil for sections of other kinds.
    private static func name(of title: Substring) -> String? {
        let words = title.split(whereSeparator: { $0 == " " || $0 == "\t" })
        return words.count == 2 && words[0] == "profile" ? String(words[1]) : nil
    }

    private static let keyed = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]

    private mutating func take(_ text: String, isKeyed: Bool = false, _ name: (Substring) -> String?) {
        var profile: String?
        for raw in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            // Indented lines are settings within settings, of which none matters here.
            guard let first = raw.first, !" \t#;".contains(first) else { continue }
            if first == "[" {
                profile = name(raw.dropFirst().prefix { $0 != "]" })
                if let profile { profiles[profile] = profiles[profile] ?? [:] }
                // A key is of one file: a token of the other would not go with it.
                if isKeyed, let profile { for name in Self.keyed { profiles[profile]?[name] = nil } }
            } else if let profile, let equals = raw.firstIndex(of: "=") {
                profiles[profile]?[raw[..<equals].withoutBlanks()] = raw[raw.index(after: equals)...].withoutBlanks()
            }
        }
    }
}

/// What a command signs with at a place that is not its own server: a profile's key, or the environment's.
struct ChosenProfile {
    var key: ServerClient.Key?
    var region: String?
    /// Why a profile that was not asked for has no key that can be read.
    private(set) var fault: CommandFault?
    /// `endpoint_url` of the profile.
    var endpoint: String?

    /// - Parameter name: the profile that was asked for. Without one the environment's key is taken, else that of `AWS_PROFILE` or `default`.
    init(_ name: String?) throws(CommandFault) {
        let profiles = try SharedProfiles()
        let chosen = name ?? PrintEnvironment.variable("AWS_PROFILE") ?? "default"
        let settings = profiles[chosen]
        if name != nil, settings == nil { throw CommandFault("There is no profile \(chosen) in ~/.aws/config or ~/.aws/credentials.") }
        region = settings?["region"]
        endpoint = settings?["endpoint_url"]
        if name == nil, let id = PrintEnvironment.variable("AWS_ACCESS_KEY_ID"), let secret = PrintEnvironment.variable("AWS_SECRET_ACCESS_KEY") {
            key = ServerClient.Key(id: id, secret: secret, token: PrintEnvironment.variable("AWS_SESSION_TOKEN"))
        } else if let id = settings?["aws_access_key_id"], let secret = settings?["aws_secret_access_key"] {
            key = ServerClient.Key(id: id, secret: secret, token: settings?["aws_session_token"])
        } else if let settings,
            let kind = ["sso_session", "sso_start_url", "role_arn", "credential_process", "login_session"].first(where: { settings[$0] != nil })
        {
            let fault = CommandFault(
                "Profile \(chosen) has its key from \(kind), which is not read here. Have the aws CLI read it: eval \"$(aws configure export-credentials --profile \(chosen) --format env)\""
            )
            guard name == nil else { throw fault }
            self.fault = fault
        }
    }
}
