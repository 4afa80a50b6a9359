import Testing

@testable import CloudWatchEmulator
@testable import ServiceKit
@testable import Wire

/// Figures that a test adds to.
private final class Figures: MetricSource {
    let cell = MetricCell()

    func takeMetrics(_ take: (MetricSample) -> Void) {
        guard let values = cell.take() else { return }
        take(
            MetricSample(
                account: "1",
                region: "r",
                namespace: "AWS/Test",
                name: "Calls",
                dimensions: [("Name", "x")],
                unit: "Count",
                values: values
            )
        )
    }
}

@Suite struct MetricStoreTests {
    private let key = MetricKey(account: "1", region: "r", namespace: "n", name: "m", dimensions: [])
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let one = MetricValues(count: 1, sum: 5, minimum: 5, maximum: 5)

    @Test func `values of a minute are one slot, of whatever order they come in`() {
        let store = MetricStore()
        for seconds in [90.0, 0, 61, 59, 30] {
            store.add(one, to: key, unit: "Count", at: now.advanced(bySeconds: seconds - 20), seconds: 60, now: now)
        }
        store.add(one, to: key, unit: "Bytes", at: now.advanced(bySeconds: -20), seconds: 60, now: now)
        // 1,700,000,000 is 20 seconds into a minute.
        let slots = store.slots(key, from: .min, to: .max, now: now)
        #expect(slots.map(\.start) == [1_699_999_980, 1_699_999_980, 1_700_000_040])
        #expect(slots.filter { $0.unit == "Count" }.map(\.values.count) == [3, 2])
        #expect(store.totals.map(\.values.sum) == [30])
    }

    @Test func `readings are by period`() {
        let slots = (0..<10).map { MetricSlot(start: Int64($0) * 60, unit: "Count", values: one) }
        let reading = MetricReading(slots, period: 300, unit: nil)
        #expect(reading.points.map(\.start) == [0, 300])
        #expect(reading.points.map(\.values.sum) == [25, 25])
        #expect(MetricReading(slots, period: 300, unit: "Bytes").points.isEmpty)
        #expect(MetricStore.floor(-1, 60) == -60)
    }

    @Test func `memory is bounded in slots and in metrics`() {
        let store = MetricStore()
        for minute in 0..<(MetricStore.maximumSlots + 10) {
            let time = now.advanced(bySeconds: Double(minute % 20_000) * 60)
            let key = MetricKey(account: "1", region: "r", namespace: "n", name: "\(minute / 20_000)", dimensions: [])
            store.add(one, to: key, unit: "Count", at: time, seconds: 60, now: time)
        }
        let held = (0...20).reduce(0) { count, name in
            let key = MetricKey(account: "1", region: "r", namespace: "n", name: "\(name)", dimensions: [])
            return count + store.slots(key, from: .min, to: .max, now: now).count
        }
        #expect(held <= MetricStore.maximumSlots && held > MetricStore.maximumSlots / 2)
        for number in 0..<(MetricStore.maximumMetrics + 5) {
            let key = MetricKey(account: "2", region: "r", namespace: "n", name: "\(number)", dimensions: [])
            store.add(one, to: key, unit: "Count", at: now.advanced(bySeconds: Double(number)), seconds: 60, now: now)
        }
        #expect(store.totals.count <= MetricStore.maximumMetrics && store.totals.count > MetricStore.maximumMetrics * 7 / 8)
        // Those that are quiet for the longest time are the ones that went.
        let kept = Set(store.totals.filter { $0.key.account == "2" }.map(\.key.name))
        #expect(kept.contains("\(MetricStore.maximumMetrics + 4)") && !kept.contains("0"))
    }

    @Test func `memory is bounded in the bytes of names`() {
        let store = MetricStore()
        let value = String(repeating: "v", count: 1000)
        for number in 0..<4000 {
            let dimensions = (0..<30).map { MetricDimension(name: "d\($0)", value: value) }
            let key = MetricKey(account: "1", region: "r", namespace: "n", name: "\(number)", dimensions: dimensions)
            store.add(one, to: key, unit: "Count", at: now.advanced(bySeconds: Double(number)), seconds: 60, now: now)
        }
        let bytes = store.totals.reduce(0) { $0 + $1.key.bytes }
        #expect(bytes <= MetricStore.maximumNameBytes && bytes > MetricStore.maximumNameBytes * 3 / 4)
        #expect(store.totals.contains { $0.key.name == "3999" })
    }

    @Test func `slots are found by their time, whatever order they came in`() {
        let store = MetricStore()
        let minutes = (0..<500).map { $0 * 7919 % 500 }
        for minute in minutes {
            let time = now.advanced(bySeconds: Double(minute) * 60)
            for unit in ["Count", "Bytes"] { store.add(one, to: key, unit: unit, at: time, seconds: 60, now: now) }
        }
        let first = MetricStore.floor(now.seconds, 60)
        let all = store.slots(key, from: .min, to: .max, now: now)
        let expected = (0..<500 as Range<Int64>).flatMap { minute -> [Int64] in [first + minute * 60, first + minute * 60] }
        #expect(all.map(\.start) == expected)
        let two = store.slots(key, from: first + 60, to: first + 180, now: now).map(\.start)
        #expect(two == Array(expected[2..<6]))
        #expect(store.slots(key, from: first + 61, to: first + 61, now: now).isEmpty)
        #expect(store.slots(key, from: .max, to: .min, now: now).isEmpty)
        // What is older than is kept is not shown.
        let later = Timestamp(milliseconds: (first + MetricStore.kept + 60) * 1000)
        #expect(store.slots(key, from: .min, to: .max, now: later).count == 998)
    }

    @Test func `sums are numbers, however large the values`() {
        let store = MetricStore()
        let huge = MetricValues(count: 1e308, sum: -1.7e308, minimum: -1e308, maximum: 1e308)
        for _ in 0..<3 { store.add(huge, to: key, unit: "Count", at: now, seconds: 60, now: now) }
        let values = MetricReading(store.slots(key, from: .min, to: .max, now: now), period: 60, unit: nil).points.map(\.values)
        #expect(values.map(\.sum) == [-.greatestFiniteMagnitude] && values.map(\.count) == [.greatestFiniteMagnitude])
        for statistic in MetricReading.statistics {
            #expect(MetricReading.value(statistic, MetricValues(count: .leastNormalMagnitude, sum: 1e300, minimum: 0, maximum: 0)).isFinite)
            for value in values { #expect(MetricReading.value(statistic, value).isFinite) }
        }
        #expect(!CloudWatchService.text(store.totals).contains("inf"))
    }

    @Test func `Prometheus sees each label of a series, and each series, once`() {
        func key(_ namespace: String, _ names: String...) -> MetricKey {
            MetricKey(account: "1", region: "r", namespace: namespace, name: "m", dimensions: names.map { MetricDimension(name: $0, value: "v") })
        }
        let text = CloudWatchService.text([(key("n", "Account", "a-b", "a_b", "a.b"), one), (key("x/y"), one), (key("x-y"), one)])
        #expect(
            text == """
                # TYPE n_m summary
                n_m_count{account="1",region="r",account_2="v",a_b="v",a_b_2="v",a_b_3="v"} 1.0
                n_m_sum{account="1",region="r",account_2="v",a_b="v",a_b_2="v",a_b_3="v"} 5.0
                # TYPE x_y_m summary
                x_y_m_count{account="1",region="r"} 2.0
                x_y_m_sum{account="1",region="r"} 10.0

                """
        )
    }

    @Test func `figures are of the minute in which they gathered`() {
        let (store, figures, time) = (MetricStore(), Figures(), ManualTime(now))
        let collector = MetricCollector(sources: [figures], store: store, time: time)
        figures.cell.add(3)
        figures.cell.add(4)
        time.advance(bySeconds: 45)
        collector.collect()
        time.advance(bySeconds: 3600)
        figures.cell.add(1)
        collector.collect()
        collector.collect()
        let key = MetricKey(account: "1", region: "r", namespace: "AWS/Test", name: "Calls", dimensions: [MetricDimension(name: "Name", value: "x")])
        let slots = store.slots(key, from: .min, to: .max, now: time.now)
        #expect(slots.map(\.start) == [1_699_999_980, MetricStore.floor(time.now.seconds, 60)])
        #expect(slots.first?.values == MetricValues(count: 2, sum: 7, minimum: 3, maximum: 4))
    }

    @Test(arguments: [
        ("AWS/Kinesis", "aws_kinesis"), ("GetRecords.IteratorAgeMilliseconds", "get_records_iterator_age_milliseconds"), ("4XXError", "_4_xxerror"),
        ("my name", "my_name"), ("ä", "_"),
    ])
    func `names are Prometheus's`(_ name: String, _ expected: String) {
        #expect(CloudWatchService.name(name) == expected)
    }
}
