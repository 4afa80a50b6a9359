/// What an interaction says besides who, what and when.
extension Interactions {
    /// Columns that are no contextual fields.
    private static let reserved: Set<String> = [
        "USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE", "IMPRESSION", "RECOMMENDATION_ID", "EVENT_ATTRIBUTION_SOURCE",
        "SESSION_ID", "EVENT_ID",
    ]

    /// Weights as ratios: 1 on average over the events that count.
    mutating func normaliseWeights() {
        guard !weightOf.isEmpty else { return }
        let mean = weightOf.reduce(0.0) { $0 + Double($1) } / Double(weightOf.count)
        if mean > 0 { weightOf = weightOf.map { Float(Double($0) / mean) } }
    }

    mutating func readContexts(_ table: Table?, _ streamed: [StreamedEvent], _ sources: [Int32]) {
        for column in table?.columns ?? [] where column.spec.categorical && column.spec.type == .string && !Self.reserved.contains(column.spec.name) {
            var values = IdMap()
            let moved = (0..<Int32(column.dictionary.count)).map { values.intern(column.dictionary[$0]) }
            let codes = sources.map { source -> Int32 in
                if source >= 0 { return column.codes[Int(source)] < 0 ? -1 : moved[Int(column.codes[Int(source)])] }
                return streamed[Int(-1 - source)].context[column.spec.name].map { values.intern($0) } ?? -1
            }
            let (sorted, order) = values.sorted()
            contexts.append(ContextColumn(name: column.spec.name, values: sorted, codes: codes.map { $0 < 0 ? -1 : order[Int($0)] }))
        }
    }

    mutating func readImpressions(_ table: Table?, _ streamed: [StreamedEvent], _ sources: [Int32]) {
        let column = table?.column("IMPRESSION").flatMap { $0.spec.type == .string ? $0 : nil }
        guard column?.codes.contains(where: { $0 >= 0 }) ?? false || streamed.contains(where: { !$0.impression.isEmpty }) else { return }
        let lists = column.map { column in
            (0..<Int32(column.dictionary.count)).map { code in
                column.dictionary[code].split(separator: "|").compactMap { items.index(of: String($0)) }
            }
        }
        var rows = CompressedSparseRows()
        for (event, source) in sources.enumerated() {
            var shown: [Int32] = []
            if source < 0 {
                shown = streamed[Int(-1 - source)].impression.compactMap { items.index(of: $0) }
            } else if let column, let lists, column.codes[Int(source)] >= 0 {
                shown = lists[Int(column.codes[Int(source)])]
            }
            rows.append(shown.filter { $0 != itemOf[event] })
        }
        shown = rows
    }
}
