extension FuzzTarget {
    /// Both versions of HTTP, from bytes to exchanges.
    static let listener = [
        FuzzTarget("http1", ListenerEntries.http1),
        FuzzTarget("http2", ListenerEntries.http2),
    ]
}
