package import Wire

/// Where exports, batch jobs and archives put their objects, as services without S3 requests see it.
package protocol ObjectSink: Sendable {
    /// Stores an object whole, making the bucket if there is none.
    func write(bucket: String, key: String, _ bytes: [UInt8], _ call: Call) throws(ServiceError)
}

/// Where objects go that are for the buckets of others.
package protocol BucketSink: Sendable {
    func hasBucket(_ bucket: String, _ call: Call) throws(ServiceError) -> Bool
    /// Stores an object whole in a bucket that is there.
    /// - Throws: `NoSuchBucket`, `KeyTooLongError`.
    func put(bucket: String, key: String, _ bytes: [UInt8], _ call: Call) throws(ServiceError)
}
