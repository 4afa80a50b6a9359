package import Wire

/// The objects that imports and batch jobs read, as services without S3 requests see them.
package protocol ObjectSource: Sendable {
    /// The keys in a bucket that begin with `prefix`, in order.
    /// - Throws: `NoSuchBucket`.
    func keys(bucket: String, prefix: String, account: String) throws(ServiceError) -> [String]

    /// Reads an object from its beginning, in pieces of at most a megabyte; `body` says whether it wants more.
    /// - Throws: `NoSuchBucket`, `NoSuchKey`.
    func read(bucket: String, key: String, account: String, _ body: (ArraySlice<UInt8>) -> Bool) throws(ServiceError)
}
