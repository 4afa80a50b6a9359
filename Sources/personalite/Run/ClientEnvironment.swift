import Glibc
import ServiceKit

/// The variables by which AWS's SDKs and the aws CLI find a server and sign for it.
///
/// Source: "Environment variables", AWS SDKs and Tools Reference Guide, 2025.
struct ClientEnvironment {
    /// In the order in which they are shown.
    let variables: [(name: String, value: String)]

    /// What would lead a client elsewhere, or to other credentials; and all variables with one of the prefixes.
    static let unset = [
        "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
    ]
    private static let unsetPrefix = "AWS_ENDPOINT_URL_"

    init(endpoint: String, key: (id: String, secret: String), token: String? = nil, region: String) {
        variables =
            [
                ("AWS_ENDPOINT_URL", endpoint), ("AWS_ACCESS_KEY_ID", key.id), ("AWS_SECRET_ACCESS_KEY", key.secret), ("AWS_REGION", region),
                ("AWS_DEFAULT_REGION", region), ("AWS_EC2_METADATA_DISABLED", "true"),
            ] + (token.map { [("AWS_SESSION_TOKEN", $0)] } ?? [])
    }

    /// Of a server that listens on a port, with the first of its keys.
    init(_ options: ServeOptions, port: Int) {
        let key = options.allKeys.first
        let host = ["0.0.0.0", "::"].contains(options.host) ? "127.0.0.1" : options.host
        self.init(
            endpoint: "http://\(host.contains(":") ? "[\(host)]" : host):\(port)",
            key: key.map { ($0.id, $0.secret) } ?? ("test", "test"),
            token: key?.token,
            region: options.region
        )
    }

    /// The variables of this process, as `NAME=value`.
    static func ofProcess() -> [String] {
        var all: [String] = []
        var cursor = environ
        while let entry = cursor.pointee {
            all.append(String(cString: entry))
            cursor += 1
        }
        return all
    }

    /// An environment with these variables in the place of what it has, and without a proxy in the way.
    func applied(to environment: [String]) -> [String] {
        let own = Set(variables.map(\.name) + ["PERSONALITE_ENDPOINT"])
        var left = environment.filter { entry in
            let name = Self.name(entry)
            return !own.contains(name) && !Self.unset.contains(name) && !name.hasPrefix(Self.unsetPrefix)
        }
        for name in ["no_proxy", "NO_PROXY"] {
            let before = left.first { Self.name($0) == name }.map { String($0.dropFirst(name.utf8.count + 1)) } ?? ""
            guard !before.split(separator: ",").contains("127.0.0.1") else { continue }
            left.removeAll { Self.name($0) == name }
            left.append("\(name)=\(before.isEmpty ? "" : before + ",")127.0.0.1,localhost")
        }
        let endpoint = variables.first { $0.name == "AWS_ENDPOINT_URL" }?.value ?? ""
        return left + variables.map { "\($0.name)=\($0.value)" } + ["PERSONALITE_ENDPOINT=\(endpoint)"]
    }

    private static func name(_ entry: String) -> String { String(entry.prefix { $0 != "=" }) }
}
