import Glibc
import NIOCore
import Wire

/// Records that are put one after the other, each at its time, and that are known again when they arrive.
struct PacedPuts {
    /// Records a second.
    let rate: Int
    /// Bytes of a record.
    let size: Int

    /// PutRecord for each, signed.
    func requests(_ count: Int, to stream: String, _ client: APIClient) -> [WireRequest] {
        (0..<count).map { number in
            client.request(
                "Kinesis_20131202.PutRecord",
                service: "kinesis",
                [("StreamName", .string(stream)), ("PartitionKey", .string("p")), ("Data", .bytes(record(number)))]
            )
        }
    }

    /// Its number first.
    private func record(_ number: Int) -> [UInt8] {
        let digits = String(number)
        return Array(String(repeating: "0", count: 12 - digits.count).utf8) + Array(digits.utf8) + [UInt8](repeating: 0x61, count: size - 12)
    }

    /// Which record it is, from its data in base64.
    static func number(of data: String) -> Int? {
        (try? Base64.decode(data)).flatMap { Int(String(decoding: $0.prefix(12), as: UTF8.self)) }
    }

    /// One put, in nanoseconds of the monotonic clock.
    struct Sent {
        var begun: UInt64
        var answered: UInt64
    }

    func send(_ requests: [WireRequest], _ client: APIClient) throws -> [Sent] {
        let start = NIODeadline.now()
        var sent: [Sent] = []
        sent.reserveCapacity(requests.count)
        for (number, request) in requests.enumerated() {
            let due = start + .nanoseconds(Int64(number) * 1_000_000_000 / Int64(rate))
            let early = (due - .now()).nanoseconds
            if early > 0 {
                var pause = timespec(tv_sec: 0, tv_nsec: Int(early))
                nanosleep(&pause, nil)
            }
            let begun = NIODeadline.now().uptimeNanoseconds
            let answer = try client.send(request)
            sent.append(Sent(begun: begun, answered: NIODeadline.now().uptimeNanoseconds))
            guard answer.status == 200 else { throw BenchFault("PutRecord was answered \(answer.status): \(answer.text)") }
        }
        return sent
    }
}
