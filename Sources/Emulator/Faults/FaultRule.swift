import PersonalizeEmulator
import S3Emulator
import ServiceKit
import Wire

/// Which calls fail or are late, how often, and how: one rule of the list that `/_personalite/faults` takes.
///
/// The format is that of LocalStack's Chaos API; `latency` is ours. The first rule that names a call, and that the random draw picks, applies.
struct FaultRule: Sendable, Equatable {
    struct Failure: Sendable, Equatable {
        var statusCode = 503
        var code = "ServiceUnavailable"
    }

    /// Nil names every one.
    var service: String?
    var operation: String?
    var region: String?
    var probability = 1.0
    /// Nil for a rule that only delays.
    var failure: Failure?
    /// Milliseconds.
    var latency = 0.0

    static var services: [String] { HostedServices.names }
    private static let maximumLatency = 600_000.0

    init(_ document: Document) throws(FaultRefusal) {
        guard case .object(let fields) = document else { throw FaultRefusal("a rule must be an object") }
        var failure = Failure()
        var isFailure = true
        for field in fields.entries {
            switch field.name {
            case "service":
                let name = try Self.text(field)
                guard Self.services.contains(name) else { throw FaultRefusal("service \(name) is none of \(Self.services.joined(separator: ", "))") }
                service = name
            case "operation": operation = try Self.text(field)
            case "region": region = try Self.text(field)
            case "probability": probability = try Self.number(field, 0...1)
            case "latency":
                latency = try Self.number(field, 0...Self.maximumLatency)
                isFailure = document["error"] != nil
            case "error": failure = try Self.failure(field)
            default: throw FaultRefusal("a rule has no member \(field.name)")
            }
        }
        self.failure = isFailure ? failure : nil
    }

    init(service: String, operation: String, probability: Double, failure: Failure) {
        self.service = service
        self.operation = operation
        self.probability = probability
        self.failure = failure
    }

    /// What the option on errors of streams asks for: of a batch single records fail, which is the service's own affair.
    static func standing(_ probability: Double) -> [FaultRule] {
        guard probability > 0 else { return [] }
        let failure = Failure(statusCode: 400, code: "ProvisionedThroughputExceededException")
        return ["PutRecord", "GetRecords"].map { FaultRule(service: "kinesis", operation: $0, probability: probability, failure: failure) }
    }

    private static func failure(_ field: Document.Fields.Field) throws(FaultRefusal) -> Failure {
        guard case .object(let fields) = field.value else { throw FaultRefusal("error must be an object") }
        var failure = Failure()
        for field in fields.entries {
            switch field.name {
            case "statusCode": failure.statusCode = Int(try number(field, 400...599))
            case "code":
                let code = try text(field)
                // It becomes a header, and an element of S3's answers.
                guard code.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") }) else {
                    throw FaultRefusal("code is no error's name")
                }
                failure.code = code
            default: throw FaultRefusal("error has no member \(field.name)")
            }
        }
        return failure
    }

    private static func text(_ field: Document.Fields.Field) throws(FaultRefusal) -> String {
        guard let text = field.value.textIfAny, !text.isEmpty else { throw FaultRefusal("\(field.name) must be a text") }
        return text
    }

    static func number(_ field: Document.Fields.Field, _ range: ClosedRange<Double>) throws(FaultRefusal) -> Double {
        guard let value = field.value.numberIfAny, range.contains(value) else {
            throw FaultRefusal("\(field.name) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func names(_ service: String, _ operation: String, _ region: String) -> Bool {
        (self.service.map { $0 == service } ?? true) && (self.operation.map { $0 == operation } ?? true) && (self.region.map { $0 == region } ?? true)
    }

    var document: Document {
        var fields = Document.Fields()
        if let region { fields.append("region", .string(region)) }
        if let service { fields.append("service", .string(service)) }
        if let operation { fields.append("operation", .string(operation)) }
        fields.append("probability", .double(probability))
        if let failure {
            fields.append("error", .object(.init([("statusCode", .integer(Int64(failure.statusCode))), ("code", .string(failure.code))])))
        }
        if latency > 0 { fields.append("latency", .double(latency)) }
        return .object(fields)
    }
}

/// What is wrong with a request about faults, in words.
struct FaultRefusal: Error, Equatable {
    var reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
