extension Interactions {
    /// One event before sorting; `rest` stands for the columns that the engine does not read.
    private struct Row {
        var user: Int32
        var item: Int32
        var type: Int32
        var value: Float
        var time: Int64
        var rest: UInt64
        var weight: Float
        /// A bulk row, or streamed event `e` as `-1 - e`.
        var source: Int32

        func equals(_ other: Row) -> Bool {
            item == other.item && type == other.type && time == other.time && rest == other.rest
                && (value == other.value || (value.isNaN && other.value.isNaN))
        }
    }

    /// Builds the sequences from bulk rows and streamed events; sorted by time, equal times in the order of input (bulk first).
    package init(_ table: Table?, streamed: [StreamedEvent] = [], items itemTable: Table? = nil, selection: Selection = Selection()) {
        var users = IdMap()
        var items = IdMap()
        var types = IdMap()
        var rows: [Row] = []
        if let table { Self.read(table, selection, into: &rows, users: &users, items: &items, types: &types) }
        for (index, event) in streamed.enumerated() {
            guard let weight = selection.weight(type: event.eventType, value: event.eventValue) else { continue }
            rows.append(
                Row(
                    user: users.intern(event.userId),
                    item: items.intern(event.itemId),
                    type: event.eventType.map { types.intern($0) } ?? -1,
                    value: event.eventValue.map { Float($0) } ?? .nan,
                    time: event.timestamp.value,
                    rest: event.fingerprint,
                    weight: Float(weight),
                    source: Int32(-1 - index)
                )
            )
        }
        if let ids = itemTable?.column("ITEM_ID") {
            for code in 0..<Int32(ids.dictionary.count) { items.intern(ids.dictionary[code]) }
        }
        let (sortedUsers, movedUsers) = users.sorted()
        let (sortedItems, movedItems) = items.sorted()
        let (sortedTypes, movedTypes) = types.sorted()
        for index in rows.indices {
            rows[index].user = movedUsers[Int(rows[index].user)]
            rows[index].item = movedItems[Int(rows[index].item)]
            if rows[index].type >= 0 { rows[index].type = movedTypes[Int(rows[index].type)] }
        }
        self.init(users: sortedUsers, items: sortedItems, eventTypes: sortedTypes, starts: [0], itemOf: [], timeOf: [], typeOf: [], valueOf: [])
        let sources = fill(rows)
        if !selection.weights.isEmpty { normaliseWeights() }
        readContexts(table, streamed, sources)
        readImpressions(table, streamed, sources)
    }

    private static func read(
        _ table: Table,
        _ selection: Selection,
        into rows: inout [Row],
        users: inout IdMap,
        items: inout IdMap,
        types: inout IdMap
    ) {
        guard let userColumn = table.column("USER_ID"), let itemColumn = table.column("ITEM_ID"), let timeColumn = table.column("TIMESTAMP") else {
            return
        }
        let typeColumn = table.column("EVENT_TYPE")
        let valueColumn = table.column("EVENT_VALUE")
        let userCodes = (0..<Int32(userColumn.dictionary.count)).map { userColumn.dictionary[$0] }
        let itemCodes = (0..<Int32(itemColumn.dictionary.count)).map { itemColumn.dictionary[$0] }
        let typeNames = typeColumn.map { column in (0..<Int32(column.dictionary.count)).map { column.dictionary[$0] } } ?? []
        let typeCodes = typeNames.map { types.intern($0) }
        var userOf = [Int32](repeating: -1, count: userCodes.count)
        var itemOf = [Int32](repeating: -1, count: itemCodes.count)
        let others = table.columns.filter { !["USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE"].contains($0.spec.name) }
        let selects = selection != Selection()
        rows.reserveCapacity(table.rowCount)
        for row in 0..<table.rowCount {
            let typeCode = typeColumn.map { Int($0.codes[row]) } ?? -1
            let value = valueColumn.flatMap {
                $0.isNull(row) ? nil : $0.spec.type == .long || $0.spec.type == .int ? Double($0.integers[row]) : $0.reals[row]
            }
            var weight = 1.0
            if selects {
                guard let found = selection.weight(type: typeCode < 0 ? nil : typeNames[typeCode], value: value) else { continue }
                weight = found
            }
            let user = Int(userColumn.codes[row])
            let item = Int(itemColumn.codes[row])
            guard user >= 0, item >= 0 else { continue }
            // Ids enter the maps only with a row that counts: an item that no kept row and no Items row names is not known.
            if userOf[user] < 0 { userOf[user] = users.intern(userCodes[user]) }
            if itemOf[item] < 0 { itemOf[item] = items.intern(itemCodes[item]) }
            rows.append(
                Row(
                    user: userOf[user],
                    item: itemOf[item],
                    type: typeCode < 0 ? -1 : typeCodes[typeCode],
                    value: value.map { Float($0) } ?? .nan,
                    time: timeColumn.integers[row],
                    rest: others.isEmpty ? 0 : fingerprint(others, row),
                    weight: Float(weight),
                    source: Int32(row)
                )
            )
        }
    }

    private static func fingerprint(_ columns: [Column], _ row: Int) -> UInt64 {
        var hash: UInt64 = 0
        for column in columns {
            let bits: UInt64 =
                switch column.spec.type {
                case .string: UInt64(bitPattern: Int64(column.codes[row]))
                case .long, .int, .boolean: UInt64(bitPattern: column.integers[row])
                case .float, .double: column.reals[row].bitPattern
                }
            hash = Mixing.combine(hash, Mixing.combine(bits, column.isNull(row) ? 1 : 0))
        }
        return hash
    }

    /// Groups by user, sorts each user by time, drops rows that are equal in all fields.
    /// - Returns: the source of each event.
    private mutating func fill(_ rows: [Row]) -> [Int32] {
        var sources: [Int32] = []
        sources.reserveCapacity(rows.count)
        let isWeighted = rows.contains { $0.weight != 1 }
        var firsts = [Int](repeating: 0, count: users.count + 1)
        for row in rows { firsts[Int(row.user) + 1] += 1 }
        for user in 0..<users.count { firsts[user + 1] += firsts[user] }
        var cursors = firsts
        var order = [Int](repeating: 0, count: rows.count)
        for (index, row) in rows.enumerated() {
            order[cursors[Int(row.user)]] = index
            cursors[Int(row.user)] += 1
        }
        itemOf.reserveCapacity(rows.count)
        timeOf.reserveCapacity(rows.count)
        typeOf.reserveCapacity(rows.count)
        valueOf.reserveCapacity(rows.count)
        for user in 0..<users.count {
            // `order` is in input order within a user, so the index breaks ties of time.
            let mine = order[firsts[user]..<firsts[user + 1]].sorted { (rows[$0].time, $0) < (rows[$1].time, $1) }
            var run: [UInt64: [Int]] = [:]
            var runTime: Int64?
            for (offset, index) in mine.enumerated() {
                let row = rows[index]
                if runTime != row.time {
                    if !run.isEmpty { run.removeAll(keepingCapacity: true) }
                    runTime = row.time
                }
                // A moment with one event has nothing to compare.
                let isAlone = run.isEmpty && (offset + 1 == mine.count || rows[mine[offset + 1]].time != row.time)
                let key = UInt64(UInt32(bitPattern: row.item)) << 32 | UInt64(UInt32(bitPattern: row.type))
                if !isAlone {
                    if let seen = run[key], seen.contains(where: { rows[$0].equals(row) }) { continue }
                    run[key, default: []].append(index)
                }
                itemOf.append(row.item)
                timeOf.append(row.time)
                typeOf.append(row.type)
                valueOf.append(row.value)
                if isWeighted { weightOf.append(row.weight) }
                sources.append(row.source)
            }
            starts.append(itemOf.count)
        }
        return sources
    }
}
