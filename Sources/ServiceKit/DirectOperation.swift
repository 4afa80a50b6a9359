package import Wire

/// The fast path of a hot operation: from the bytes of a plain JSON request to the bytes of its JSON answer, with no tree between them.
///
/// The law is the slow path's: what is not plain is not taken, no refusal of types or constraints is worded here, and the answers are the same
/// to the byte (`DirectOperationTests`).
package struct DirectOperation: Sendable {
    /// Carries out what was read.
    package typealias Work = @Sendable (Call) throws(ServiceError) -> [UInt8]

    /// Nil for a request that the slow path has to take.
    package let read: @Sendable ([UInt8]) -> Work?

    package init(_ read: @escaping @Sendable ([UInt8]) -> Work?) {
        self.read = read
    }
}
