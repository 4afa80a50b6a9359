package import Wire

/// Where exports, batch jobs and archives put their objects, as services without S3 requests see it.
package protocol ObjectSink: Sendable {
    /// Stores an object whole, making the bucket if there is none.
    func write(bucket: String, key: String, _ bytes: [UInt8], _ call: Call) throws(ServiceError)
}
