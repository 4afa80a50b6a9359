import ServiceKit
import Wire

/// An HTTP endpoint as a destination: what a delivery stream may be told of it, and what Describe shows of it. It is kept as
/// `HttpEndpointDestinationDescription`, with the access key, which is not shown.
enum EndpointDestination {
    /// Seconds of retries where nothing is said of them.
    static let retrySeconds = 300.0

    static func isOne(_ destination: Document) -> Bool { destination["EndpointConfiguration"] != nil }

    static func create(_ wanted: Document, _ abilities: Destination.Abilities) throws(ServiceError) -> Document {
        try checked(merge(Destination.none, wanted, bucket: wanted["S3Configuration"]), abilities)
    }

    /// - Parameter old: empty when the destination was of another kind.
    static func update(_ old: Document, _ wanted: Document, _ abilities: Destination.Abilities) throws(ServiceError) -> Document {
        let merged = merge(old, wanted, bucket: wanted["S3Update"])
        guard isOne(merged) else { throw .invalidArgument("EndpointConfiguration must be provided for the new destination") }
        for name in ["RoleARN", "BucketARN"] where merged["S3DestinationDescription"]?[name] == nil {
            throw .invalidArgument("S3Update with \(name) must be provided for the new destination")
        }
        return try checked(merged, abilities)
    }

    /// Without the access key, as AWS shows it.
    static func shown(_ destination: Document) -> Document {
        var (shown, endpoint) = (destination, destination["EndpointConfiguration"] ?? Destination.none)
        endpoint.set("AccessKey", nil)
        shown.set("EndpointConfiguration", endpoint)
        return shown
    }

    private static func merge(_ old: Document, _ wanted: Document, bucket: Document?) -> Document {
        var merged = old
        for field in wanted.entriesIfAny where !["S3Configuration", "S3Update"].contains(field.name) && field.value != .null {
            merged.set(field.name, field.value)
        }
        if let bucket {
            var kept = old["S3DestinationDescription"] ?? Destination.none
            for field in bucket.entriesIfAny where field.value != .null { kept.set(field.name, field.value) }
            merged.set("S3DestinationDescription", Destination.withDefaults(kept))
        }
        let defaults: [(String, Document)] = [
            ("BufferingHints", .members([("SizeInMBs", .integer(5)), ("IntervalInSeconds", .integer(300))])),
            ("CloudWatchLoggingOptions", .members([("Enabled", .boolean(false))])),
            ("RequestConfiguration", .members([("ContentEncoding", .string("NONE")), ("CommonAttributes", .list([]))])),
            ("RetryOptions", .members([("DurationInSeconds", .integer(Int64(retrySeconds)))])), ("S3BackupMode", .string("FailedDataOnly")),
        ]
        for (name, value) in defaults where merged[name] == nil { merged.set(name, value) }
        return merged
    }

    private static func checked(_ destination: Document, _ abilities: Destination.Abilities) throws(ServiceError) -> Document {
        guard abilities.asksEndpoints else {
            throw ServiceError(
                "InvalidArgumentException",
                "This server of personalite asks no other servers.",
                hint: "it was started with --functions off, or other machines can connect: --functions on lets it ask"
            )
        }
        let endpoint = destination["EndpointConfiguration"]
        try checkURL(endpoint?["Url"]?.textIfAny ?? "")
        guard (endpoint?["AccessKey"]?.textIfAny ?? "").utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .invalidArgument("The access key cannot be sent in a header.")
        }
        if Destination.isOn(destination["SecretsManagerConfiguration"], unless: false) { throw .notHere("SecretsManagerConfiguration") }
        let hints = destination["BufferingHints"]
        guard hints?["SizeInMBs"] != nil, hints?["IntervalInSeconds"] != nil else {
            throw .invalidArgument("Both SizeInMBs and IntervalInSeconds must be specified in BufferingHints")
        }
        let attributes = (destination["RequestConfiguration"]?["CommonAttributes"]?.listIfAny ?? []).map { $0["AttributeName"]?.textIfAny ?? "" }
        guard Set(attributes).count == attributes.count else { throw .invalidArgument("Names of common attributes must be unique") }
        try Destination.checkProcessors(destination["ProcessingConfiguration"], ["Lambda"], abilities)
        try Destination.checkCommon(destination["S3DestinationDescription"] ?? Destination.none)
        return destination
    }

    /// `https://HOST`, perhaps with a port, a path and a query; the model has asked for the scheme.
    private static func checkURL(_ url: String) throws(ServiceError) {
        let rest = url.dropFirst("https://".count)
        let authority = rest.prefix { !"/?#".contains($0) }
        let isPlain = url.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !url.contains("#")
        guard !authority.isEmpty, !authority.hasPrefix(":"), !authority.contains("@"), isPlain else {
            throw .invalidArgument("The endpoint's URL \(url) is not valid.")
        }
    }
}
