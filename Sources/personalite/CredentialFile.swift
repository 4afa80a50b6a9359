import ServiceKit

/// Reads access keys from a file in the form of `~/.aws/credentials`.
///
/// Each section gives one key by `aws_access_key_id`, `aws_secret_access_key` and, if requests must carry one, `aws_session_token`.
enum CredentialFile {
    static func read(_ path: String) throws(OptionFault) -> [AccessKey] {
        try parse(String(decoding: SmallFile.read(path, what: "credentials file"), as: UTF8.self), path: path)
    }

    /// - Parameter path: only for the sentences.
    static func parse(_ text: String, path: String) throws(OptionFault) -> [AccessKey] {
        var keys: [AccessKey] = []
        var section: (name: String, values: [String: String])?
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.withoutBlanks()
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("[") && line.hasSuffix("]") {
                if let section { keys.append(try key(section, path)) }
                section = (name: String(line.dropFirst().dropLast()), values: [:])
            } else if let equals = line.firstIndex(of: "="), section != nil {
                section?.values[line[..<equals].withoutBlanks()] = line[line.index(after: equals)...].withoutBlanks()
            } else {
                throw OptionFault("The credentials file \(path) is not in the form of ~/.aws/credentials: see its line \(index + 1).")
            }
        }
        if let section { keys.append(try key(section, path)) }
        if keys.isEmpty { throw OptionFault("The credentials file \(path) has no access key in it.") }
        return keys
    }

    private static func key(_ section: (name: String, values: [String: String]), _ path: String) throws(OptionFault) -> AccessKey {
        guard let id = section.values["aws_access_key_id"], !id.isEmpty,
            let secret = section.values["aws_secret_access_key"], !secret.isEmpty
        else {
            throw OptionFault("The credentials file \(path) needs aws_access_key_id and aws_secret_access_key in its section [\(section.name)].")
        }
        return AccessKey(id: id, secret: secret, token: section.values["aws_session_token"])
    }
}
