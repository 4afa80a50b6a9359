import ServiceKit
import Wire

/// A function as requests name it: by name, partial ARN or ARN, with or without a qualifier.
struct FunctionName: Sendable, Equatable {
    var name: String
    /// A version, an alias or `$LATEST`.
    var qualifier: String?

    /// - Parameter separate: the qualifier that the request names beside the function.
    /// - Throws: when it is another account's, another region's, or no name.
    init(_ text: String, qualifier separate: String? = nil, _ call: Call) throws(ServiceError) {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if text.hasPrefix("arn:") {
            guard parts.count >= 7, parts[2] == "lambda" else { throw Self.malformed(text) }
            guard parts[3] == call.region else {
                let message = "Functions from '\(parts[3])' are not reachable in this region ('\(call.region)')"
                throw ServiceError("ResourceNotFoundException", message, status: 404)
            }
            parts.removeFirst(4)
        }
        if parts.count >= 3, parts[1] == "function" {
            guard parts[0] == call.account else {
                let who = call.principal?.arn ?? "arn:\(ARN.partition(of: call.region)):iam::\(call.account):root"
                throw ServiceError(
                    "AccessDeniedException",
                    "User: \(who) is not authorized to perform this operation on resource: \(text)",
                    status: 403
                )
            }
            parts.removeFirst(2)
        } else if parts.count >= 2, parts[0] == "function" {
            parts.removeFirst(1)
        } else if parts.count == 3, Credentials.isAccount(parts[0]) {
            throw Self.malformed(text)
        }
        guard (1...2).contains(parts.count), Self.isName(parts[0]) else { throw Self.malformed(text) }
        name = parts[0]
        qualifier = parts.count == 2 ? parts[1] : separate
        if parts.count == 2, let separate, separate != parts[1] {
            throw .invalidParameter("The derived qualifier from the function name does not match the specified qualifier.")
        }
        if let qualifier, qualifier != "$LATEST", !Self.isName(qualifier) { throw Self.malformed(text) }
    }

    private static func malformed(_ text: String) -> ServiceError {
        let pattern =
            "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?"
            + "([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
        return ServiceError(
            "ValidationException",
            "1 validation error detected: Value '\(text)' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: \(pattern)"
        )
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                }
            }
    }

    /// Of a function of the caller.
    static func arn(_ name: String, _ call: Call) -> String {
        "arn:\(ARN.partition(of: call.region)):lambda:\(call.region):\(call.account):function:\(name)"
    }

    /// As the request named it.
    func arn(_ call: Call) -> String { Self.arn(name, call) + (qualifier.map { ":\($0)" } ?? "") }
}
