import ServiceKit
import Wire

/// Values of a metric by periods.
struct MetricReading {
    /// When each period begins, epoch seconds, and what fell into it, in the order of time.
    var points: [(start: Int64, values: MetricValues, unit: String)]

    static let statistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]

    /// - Parameter unit: nil for values of all units, which are told apart.
    init(_ slots: [MetricSlot], period: Int64, unit: String?) {
        points = []
        for slot in slots where unit == nil || slot.unit == unit {
            let start = MetricStore.floor(slot.start, period)
            var index = points.endIndex
            var isMerged = false
            while index > 0, points[index - 1].start == start, !isMerged {
                index -= 1
                guard points[index].unit == slot.unit else { continue }
                points[index].values.add(slot.values)
                isMerged = true
            }
            if !isMerged { points.append((start, slot.values, slot.unit)) }
        }
    }

    static func value(_ statistic: String, _ values: MetricValues) -> Double {
        switch statistic {
        case "SampleCount": values.count
        case "Sum": values.sum
        case "Minimum": values.minimum
        case "Maximum": values.maximum
        default: (values.sum / values.count).finite
        }
    }
}

extension CloudWatchService {
    private static let maximumQueries = 500
    private static let maximumPoints = 100_800

    func getMetricData(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (start, end) = try Self.span(input)
        let queries = input.required("MetricDataQueries").items
        guard !queries.isEmpty, queries.count <= Self.maximumQueries else {
            throw ServiceError(
                "ValidationError",
                "The collection MetricDataQueries must not be empty or have a size greater than \(Self.maximumQueries)."
            )
        }
        let ids = queries.map { $0.required("Id").text }
        guard Set(ids).count == ids.count else {
            throw ServiceError("ValidationError", "The values for parameter Id in MetricDataQueries are not unique.")
        }
        let limit = input["MaxDatapoints"]?.int ?? Self.maximumPoints
        guard (1...Self.maximumPoints).contains(limit) else {
            throw ServiceError("ValidationError", "MaxDatapoints must be between 1 and \(Self.maximumPoints).")
        }
        let offset = try Self.offset(input["NextToken"]?.text)
        collector.collect()
        var results: [Document] = []
        // Points are counted over all queries, in their order; a page has as many as were asked for.
        var (passed, shown) = (0, 0)
        for query in queries {
            let result = try read(query, input, start, end, call)
            guard query["ReturnData"]?.flag ?? true else { continue }
            let skipped = min(max(0, offset - passed), result.points.count)
            let page = result.points.dropFirst(skipped).prefix(limit - shown)
            passed += result.points.count
            shown += page.count
            let isWhole = skipped + page.count == result.points.count
            results.append(
                .members([
                    ("Id", query["Id"]), ("Label", .string(result.label)),
                    ("Timestamps", .list(page.map { .timestamp(Timestamp(milliseconds: $0.time * 1000)) })),
                    ("Values", .list(page.map { .double($0.value) })), ("StatusCode", .string(isWhole ? "Complete" : "PartialData")),
                ])
            )
        }
        let more = offset + shown < passed ? Base64.encode(Array("\(offset + shown)".utf8)) : nil
        return .members([("MetricDataResults", .list(results)), ("NextToken", more.map { .string($0) }), ("Messages", .list([]))])
    }

    private struct Reading {
        var label: String
        var points: [(time: Int64, value: Double)]
    }

    private func read(_ query: Document, _ input: Document, _ start: Int64, _ end: Int64, _ call: Call) throws(ServiceError) -> Reading {
        let id = query.required("Id").text
        guard id.utf8.first.map({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) ?? false else {
            throw ServiceError("ValidationError", "The value \(id) for parameter Id does not match the required pattern ^[a-z][a-zA-Z0-9_]*$.")
        }
        guard query["Expression"] == nil else { throw .notHere("Expression, metric math of the query \(id),") }
        if let account = query["AccountId"]?.text, account != call.account { throw .notHere("AccountId of another account") }
        guard let stat = query["MetricStat"] else {
            throw ServiceError("ValidationError", "Either Expression or MetricStat must be specified for the query \(id).")
        }
        let metric = stat.required("Metric")
        guard let namespace = metric["Namespace"]?.text, metric["MetricName"] != nil else {
            throw ServiceError("ValidationError", "The parameters Namespace and MetricName of the query \(id) are required.")
        }
        let statistic = stat.required("Stat").text
        guard MetricReading.statistics.contains(statistic) else { throw .notHere("The statistic \(statistic)") }
        let period = try Self.period(stat.required("Period").int)
        let key = MetricKey(metric, namespace: namespace, call)
        let from = MetricStore.floor(start, period)
        let reading = MetricReading(metrics.slots(key, from: from, to: end, now: call.now), period: period, unit: stat["Unit"]?.text)
        // Units of one metric are shown together.
        var points: [(time: Int64, value: Double)] = []
        var last: (start: Int64, values: MetricValues)?
        for point in reading.points {
            if last?.start == point.start {
                last?.values.add(point.values)
                points.removeLast()
            } else {
                last = (point.start, point.values)
            }
            if let last { points.append((last.start, MetricReading.value(statistic, last.values))) }
        }
        if input["ScanBy"]?.text != "TimestampAscending" { points.reverse() }
        return Reading(label: query["Label"]?.text ?? key.name, points: points)
    }

    // MARK: Times

    static func span(_ input: Document) throws(ServiceError) -> (start: Int64, end: Int64) {
        let (start, end) = (input.required("StartTime").time.seconds, input.required("EndTime").time.roundedUpToSeconds.seconds)
        guard start < end else {
            throw ServiceError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
        }
        return (start, end)
    }

    static func period(_ seconds: Int) throws(ServiceError) -> Int64 {
        guard [1, 5, 10, 20, 30].contains(seconds) || (seconds > 0 && seconds % 60 == 0 && seconds <= 86_400 * 365) else {
            throw ServiceError("ValidationError", "The value \(seconds) for parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
        }
        return Int64(seconds)
    }

    static func offset(_ token: String?, orSay code: String = "InvalidNextToken") throws(ServiceError) -> Int {
        guard let token else { return 0 }
        guard let bytes = try? Base64.decode(token), let number = Int(String(decoding: bytes, as: UTF8.self)), number >= 0 else {
            throw ServiceError(code, "The value for parameter NextToken is invalid.")
        }
        return number
    }

    // MARK: One metric

    func getMetricStatistics(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (start, end) = try Self.span(input)
        let period = try Self.period(input.required("Period").int)
        guard input["ExtendedStatistics"] == nil else { throw .notHere("ExtendedStatistics") }
        guard let statistics = input["Statistics"]?.items.map(\.text), !statistics.isEmpty else {
            throw .missing("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
        }
        let limit: Int64 = 1440
        guard (end - start + period - 1) / period <= limit else {
            throw .invalidCombination(
                "You have requested up to \((end - start + period - 1) / period) datapoints, which exceeds the limit of \(limit). You may reduce "
                    + "the datapoints requested by increasing Period, or decreasing the time range."
            )
        }
        collector.collect()
        let key = MetricKey(input, namespace: input.required("Namespace").text, call)
        let slots = metrics.slots(key, from: MetricStore.floor(start, period), to: end, now: call.now)
        let points = MetricReading(slots, period: period, unit: input["Unit"]?.text).points.map { point -> Document in
            var members: [(name: String, value: Document?)] = [("Timestamp", .timestamp(Timestamp(milliseconds: point.start * 1000)))]
            for statistic in MetricReading.statistics where statistics.contains(statistic) {
                members.append((statistic, .double(MetricReading.value(statistic, point.values))))
            }
            members.append(("Unit", .string(point.unit)))
            return .members(members)
        }
        return .members([("Label", .string(key.name)), ("Datapoints", .list(points))])
    }

    func listMetrics(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        if let owner = input["OwningAccount"]?.text, owner != call.account { throw .notHere("OwningAccount of another account") }
        guard input["IncludeLinkedAccounts"]?.flag != true else { throw .notHere("IncludeLinkedAccounts") }
        let offset = try Self.offset(input["NextToken"]?.text, orSay: "InvalidParameterValue")
        collector.collect()
        // Metrics without values for two weeks are not listed.
        let age: Int64 = input["RecentlyActive"] == nil ? 14 * 86_400 : 3 * 3600
        let filters = (input["Dimensions"]?.items ?? []).map { (name: $0.required("Name").text, value: $0["Value"]?.text) }
        let found = metrics.metrics(account: call.account, region: call.region, after: call.now.seconds - age).filter { key in
            (input["Namespace"]?.text).map { $0 == key.namespace } ?? true && (input["MetricName"]?.text).map { $0 == key.name } ?? true
                && filters.allSatisfy { filter in
                    key.dimensions.contains { $0.name == filter.name && (filter.value == nil || filter.value == $0.value) }
                }
        }.sorted { $0.order < $1.order }
        let page = found.dropFirst(offset).prefix(500)
        let more = offset + page.count < found.count ? Base64.encode(Array("\(offset + page.count)".utf8)) : nil
        return .members([("Metrics", .list(page.map(\.document))), ("NextToken", more.map { .string($0) })])
    }
}
