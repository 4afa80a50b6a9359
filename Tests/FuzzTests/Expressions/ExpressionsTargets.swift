extension FuzzTarget {
    /// What people write into requests of Personalize.
    static let expressions = [
        FuzzTarget("avro", ExpressionEntries.avro),
        FuzzTarget("filter", ExpressionEntries.filter),
    ]
}
