extension FuzzTarget {
    /// What people write into requests: schemas and filters, forms of the query protocol, patterns, templates.
    static let expressions = [
        FuzzTarget("avro", ExpressionEntries.avro),
        FuzzTarget("filter", ExpressionEntries.filter),
        FuzzTarget("form", QueryEntries.form),
        FuzzTarget("pattern", QueryEntries.pattern),
        FuzzTarget("yaml", TemplateEntries.yaml),
    ]
}
