import ServiceKit
import Wire

/// What a parameter may be called.
enum ParameterName {
    private static let maximumLevels = 15

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "_.-/".utf8.contains(byte)
        }
    }

    static func check(_ name: String) throws(ServiceError) {
        let isHierarchy = name.contains("/")
        guard !isHierarchy || name.hasPrefix("/") else { throw .validation("Parameter name must be a fully qualified name.") }
        let levels = name.split(separator: "/", omittingEmptySubsequences: false).dropFirst(isHierarchy ? 1 : 0)
        guard !name.isEmpty, name.utf8.allSatisfy(isPlain), !levels.contains("") else {
            throw .validation(
                """
                Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>. Only a mix of letters, \
                numbers and the following symbols are allowed: . - _ and / between the levels of a hierarchy.
                """
            )
        }
        guard levels.count <= maximumLevels else {
            throw ServiceError(
                "HierarchyLevelLimitExceededException",
                "Hierarchy depth exceeded: Parameter name can have at most \(maximumLevels) levels."
            )
        }
        let first = (levels.first ?? "").lowercased()
        guard !first.hasPrefix("aws"), !first.hasPrefix("ssm") else {
            if isHierarchy, first == "aws" {
                throw ServiceError("AccessDeniedException", "No access to reserved parameter name: \(name).")
            }
            throw .validation(
                isHierarchy
                    ? "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive), "
                        + "except global parameter name path prefixed with \"aws\" (case-insensitive)."
                    : "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive)."
            )
        }
    }

    /// A name as reads give it: an ARN or a name, with a version behind a colon or without.
    static func parts(_ text: String, _ call: Call) -> (name: String, selector: String?) {
        var name = text
        if let arn = ARN(text) {
            // What is another's, or no parameter, is found under no name.
            guard arn.service == "ssm", arn.account == call.account, arn.region == call.region, arn.resource.hasPrefix("parameter/") else {
                return (text, nil)
            }
            name = String(arn.resource.dropFirst("parameter".count))
            // The slash of an ARN is the name's own only in a hierarchy.
            if name.dropFirst().split(separator: ":").first?.contains("/") == false { name.removeFirst() }
        }
        guard let colon = name.firstIndex(of: ":") else { return (name, nil) }
        return (String(name[..<colon]), String(name[colon...]))
    }
}

extension ServiceError {
    static func validation(_ message: String) -> ServiceError { ServiceError("ValidationException", message) }
}
