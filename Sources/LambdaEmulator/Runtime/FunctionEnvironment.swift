import ServiceKit

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The variables that a function's process has. Nothing of the server's own is among them but where programs and modules are found.
struct FunctionEnvironment {
    var setup: FunctionSetup
    var code: String
    /// Where the layers are unpacked over each other; nil without layers. On Lambda it is `/opt`.
    var layers: String?
    var scratch: String
    var stream: String
    var endpoint: String
    var credential: SessionTokens.Credential

    /// `NAME=value`.
    var variables: [String] {
        var all = setup.environment
        let own = [
            "_HANDLER": setup.handler,
            "LAMBDA_TASK_ROOT": code,
            "LAMBDA_RUNTIME_DIR": code,
            "AWS_LAMBDA_FUNCTION_NAME": setup.name,
            "AWS_LAMBDA_FUNCTION_VERSION": setup.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "\(setup.memory)",
            "AWS_LAMBDA_LOG_GROUP_NAME": setup.logGroup,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": "AWS_Lambda_\(setup.runtime)",
            "AWS_REGION": setup.region,
            "AWS_DEFAULT_REGION": setup.region,
            "AWS_ACCESS_KEY_ID": credential.accessKey,
            "AWS_SECRET_ACCESS_KEY": credential.secret,
            "AWS_SESSION_TOKEN": credential.token,
        ]
        all.merge(own) { $1 }
        // A function may set these itself.
        let preset = [
            "AWS_ENDPOINT_URL": endpoint,
            "TZ": ":UTC",
            "LANG": "en_US.UTF-8",
            "PATH": Self.own("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
            "HOME": scratch,
            "TMPDIR": scratch,
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        ]
        all.merge(preset) { given, _ in given }
        var (python, node): ([String?], [String?]) = ([code], ["\(code)/node_modules"])
        if let layers {
            all["PERSONALITE_OPT"] = layers
            all["PATH"] = ["\(layers)/bin", all["PATH"]].compactMap { $0 }.joined(separator: ":")
            all["LD_LIBRARY_PATH"] = ["\(layers)/lib", all["LD_LIBRARY_PATH"]].compactMap { $0 }.joined(separator: ":")
            // "Packaging your layer content" (Lambda developer guide, 2026).
            python += ["\(layers)/python/lib/\(setup.runtime)/site-packages", "\(layers)/python"]
            node += [
                "\(layers)/nodejs/\(setup.runtime.replacing("js", with: "").prefix { $0 != "." })/node_modules", "\(layers)/nodejs/node_modules",
            ]
        }
        all["PYTHONPATH"] = (python + [all["PYTHONPATH"]]).compactMap { $0 }.joined(separator: ":")
        all["NODE_PATH"] = (node + [all["NODE_PATH"], Self.own("NODE_PATH")]).compactMap { $0 }.joined(separator: ":")
        return all.map { "\($0.key)=\($0.value)" }
    }

    private static func own(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
