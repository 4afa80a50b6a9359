extension FuzzTarget {
    /// What needs nothing but Wire, Streams and Recommend.
    static let formats = [
        FuzzTarget("json", DocumentEntries.json),
        FuzzTarget("cbor", DocumentEntries.cbor),
        FuzzTarget("xml", DocumentEntries.xml),
        FuzzTarget("csv", DatasetEntries.csv),
        FuzzTarget("table", DatasetEntries.table),
        FuzzTarget("model", DatasetEntries.model),
        FuzzTarget("signature", SignatureEntries.signature),
        FuzzTarget("chunked", SignatureEntries.chunked),
        FuzzTarget("log", LogEntries.log),
        FuzzTarget("frame", LogEntries.frame),
    ]
}
