extension FuzzTarget {
    /// What people write into requests: schemas and filters, forms of the query protocol, patterns, templates of stacks and of mappings.
    static let expressions = [
        FuzzTarget("avro", ExpressionEntries.avro),
        FuzzTarget("filter", ExpressionEntries.filter),
        FuzzTarget("form", QueryEntries.form),
        FuzzTarget("velocity", MappingEntries.velocity),
        FuzzTarget("pattern", QueryEntries.pattern),
        FuzzTarget("yaml", TemplateEntries.yaml),
    ]
}
