import Glibc
import Wire

struct PutEvents: Scenario {
    let name = "PutEvents"
    let what = "PutEvents (1 event)"
    let mostRequests = 100_000

    func prepare(_ stage: Stage) throws(BenchFault) -> [WireRequest] {
        let catalogue = try stage.catalogue()
        return (0..<512).map { number in
            let event = Document.object(
                .init([
                    ("eventType", .string("watch")), ("itemId", .string(SampleCatalogue.item(number))), ("sentAt", .integer(Int64(time(nil)))),
                ])
            )
            return stage.client.request(
                path: "/events",
                service: "personalize",
                [
                    ("trackingId", .string(catalogue.trackingID)), ("userId", .string(SampleCatalogue.user(number))),
                    ("sessionId", .string("session-\(number)")), ("eventList", .list([event])),
                ]
            )
        }
    }
}
