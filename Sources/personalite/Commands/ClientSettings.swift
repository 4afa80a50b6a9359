import Glibc

/// What leads an AWS client elsewhere: variables, and the profile that it takes.
enum ClientSettings {
    static func look(_ examination: inout Examination, endpoint: String) {
        lookAtEndpoint(&examination, endpoint)
        lookAtProfile(&examination)
        lookAtProxy(&examination)
        if PrintEnvironment.variable("AWS_REGION") == nil, PrintEnvironment.variable("AWS_DEFAULT_REGION") == nil {
            examination.add(
                .note,
                "region",
                "AWS_REGION and AWS_DEFAULT_REGION are not set",
                "Clients without a region in their profile refuse to start: eval \"$(personalite env)\""
            )
        }
        for name in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] where PrintEnvironment.variable(name) == "true" {
            examination.add(.note, "variables", "\(name) is true: clients with an endpoint of their own refuse it", "unset \(name)")
        }
        if PrintEnvironment.variable("AWS_SESSION_TOKEN") != nil, ClientOptions.key.id == "test" {
            examination.add(
                .note,
                "variables",
                "AWS_SESSION_TOKEN is set beside the key test, and is sent with every request",
                "unset AWS_SESSION_TOKEN"
            )
        }
    }

    private static func lookAtEndpoint(_ examination: inout Examination, _ endpoint: String) {
        let isIgnored = PrintEnvironment.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == "true"
        if isIgnored {
            examination.add(
                .note,
                "variables",
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true: clients go to AWS",
                "unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
            )
        }
        switch PrintEnvironment.variable("AWS_ENDPOINT_URL") {
        case nil:
            examination.add(
                .note,
                "variables",
                "AWS_ENDPOINT_URL is not set: without a profile or --endpoint-url clients go to AWS",
                "eval \"$(personalite env --endpoint \(endpoint))\""
            )
        case let set? where set != endpoint:
            examination.add(
                .note,
                "variables",
                "AWS_ENDPOINT_URL is \(set), and not \(endpoint)",
                "eval \"$(personalite env --endpoint \(endpoint))\""
            )
        case let set?:
            examination.add(.well, "variables", "AWS_ENDPOINT_URL is \(set)")
        }
        for entry in ClientEnvironment.ofProcess() where entry.hasPrefix("AWS_ENDPOINT_URL_") && !entry.hasSuffix("=" + endpoint) {
            let name = String(entry.prefix { $0 != "=" })
            examination.add(.note, "variables", "\(entry): clients of that service go there", "unset \(name)")
        }
    }

    private static func lookAtProfile(_ examination: inout Examination) {
        guard let name = PrintEnvironment.variable("AWS_PROFILE") ?? PrintEnvironment.variable("AWS_DEFAULT_PROFILE") else { return }
        do throws(CommandFault) {
            let file = try ProfileFile()
            guard let section = try file.section(name) else {
                return examination.add(
                    .note,
                    "profile",
                    "AWS_PROFILE is \(name), which \(file.path) does not have",
                    "personalite env --profile \(name), or unset AWS_PROFILE"
                )
            }
            let endpoint = section.first { $0.hasPrefix("endpoint_url") || $0.hasPrefix("services") }
            examination.add(
                endpoint == nil ? .note : .well,
                "profile",
                "AWS_PROFILE is \(name)\(endpoint.map { ", with \($0)" } ?? ", which has neither endpoint_url nor services"), and its key is taken before that of the environment in some clients",
                endpoint == nil ? "personalite env --profile NAME writes one that has" : nil
            )
        } catch {
            examination.add(.note, "profile", error.description)
        }
    }

    private static func lookAtProxy(_ examination: inout Examination) {
        let proxies = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].filter { PrintEnvironment.variable($0) != nil }
        let around = (PrintEnvironment.variable("no_proxy") ?? PrintEnvironment.variable("NO_PROXY") ?? "").split(separator: ",").map(String.init)
        guard let proxy = proxies.first, !around.contains("*"), !around.contains("127.0.0.1") else { return }
        examination.add(
            .note,
            "proxy",
            "\(proxy) is set: clients ask the proxy for 127.0.0.1",
            "export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost"
        )
    }
}
