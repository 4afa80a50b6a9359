package import Wire

/// Operations of other services, as a client would ask for them, without the wire: through the same checks and the same refusals.
///
/// A call belongs to the account and the region of its `Call`. It returns when what it wrote is safe, so it is for threads that may wait.
package protocol ServiceCaller: Sendable {
    /// - Parameters:
    ///   - service: as signatures name it; `s3` has the operations of `S3InProcess`.
    ///   - input: as the operation's model has it. Texts that stand for numbers and booleans are taken for them, and members are found whatever the
    ///     case of their first letters: what templates say is looser than what clients send.
    func call(_ service: String, _ operation: String, _ input: Document, _ call: Call) throws(ServiceError) -> Document?

    /// Reads an object whole.
    /// - Throws: `NoSuchBucket`, `NoSuchKey`; `EntityTooLarge` beyond `limit` bytes.
    func object(bucket: String, key: String, limit: Int, _ call: Call) throws(ServiceError) -> [UInt8]
}
