import Recommend
import ServiceKit
import Wire

/// A metric of a metric attribution, as streamed events are counted for it.
struct ReportedMetric: Sendable {
    /// In upper case.
    var eventType: String
    var name: String
    var expression: MetricExpression
}

/// What events that were accepted add to the metrics of their dataset group's metric attribution.
extension EventsService {
    /// Seconds: of older events nothing is reported.
    private static let oldest: Int64 = 14 * 86_400

    func report(_ events: [RecordedEvent], into collector: Serving.IngestionTarget, _ call: Call) {
        let metrics = serving.reported(group: collector.group)
        guard !metrics.isEmpty else { return }
        let asksItems = metrics.contains { if case .sum(.items, _) = $0.expression { true } else { false } }
        let items = asksItems ? try? attributeIndex.attributes(.items, group: collector.group) : nil
        for event in events where event.timestamp.seconds > call.now.seconds - Self.oldest {
            let type = event.eventType.uppercased()
            let counted = metrics.filter { $0.eventType == type }
            guard !counted.isEmpty else { continue }
            let source =
                event.attributionSource
                ?? event.recommendationID.flatMap {
                    serving.source(ofRecommendation: $0, group: collector.group)
                }
            let dimensions = [
                PersonalizeFigures.Dimension("DatasetGroupArn", collector.groupARN),
                PersonalizeFigures.Dimension(
                    "EventAttributionSource",
                    source ?? AttributionReport.unknownSource
                ),
            ]
            for metric in counted {
                guard let value = Self.value(metric.expression, event, items) else { continue }
                figures.add(value, to: metric.name, unit: "None", dimensions, call)
            }
        }
    }

    /// What an event adds to a metric; nil adds nothing.
    private static func value(
        _ expression: MetricExpression,
        _ event: RecordedEvent,
        _ items: Attributes?
    ) -> Double? {
        switch expression {
        case .count: return 1
        case .sum(.interactions, let column):
            if column.uppercased() == "EVENT_VALUE" { return event.eventValue }
            guard let text = event.properties, let properties = try? JSON.parse(text) else { return nil }
            let name = RecordProperties.plain(column)
            let found = properties.entriesIfAny.last { RecordProperties.plain($0.name) == name }?.value
            return found?.numberIfAny ?? found?.textIfAny.flatMap { Double($0) }
        case .sum(_, let column):
            switch items?.values(of: event.itemID, [column])?.first {
            case .long(let number)?: return Double(number)
            case .double(let number)?: return number
            default: return nil
            }
        }
    }
}
