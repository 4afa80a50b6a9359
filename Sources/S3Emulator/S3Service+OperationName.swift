import ServiceKit
package import Wire

extension S3Service {
    /// The name under which rules know the operation that a head asks for, as AWS writes it: `PutObject`; empty for a head that names none.
    package static func operationName(of head: WireRequest) -> String {
        guard let target = try? S3Target(head), let operation = try? S3Operation(head, target) else { return "" }
        return operation.name
    }
}
