import ServiceKit
import Wire

/// What a delivery stream may be told of its destination, and what Describe shows of it.
enum Destination {
    private static let others = [
        "RedshiftDestination", "ElasticsearchDestination", "AmazonopensearchserviceDestination", "AmazonOpenSearchServerlessDestination",
        "SplunkDestination", "SnowflakeDestination", "IcebergDestination",
    ]
    static let none: Document = .object(Document.Fields())
    /// What a bucket that is not extended has.
    static let simple = [
        "RoleARN", "BucketARN", "Prefix", "ErrorOutputPrefix", "BufferingHints", "CompressionFormat", "EncryptionConfiguration",
        "CloudWatchLoggingOptions",
    ]

    /// What a destination may need that is not everywhere.
    struct Abilities {
        var hasFunctions: Bool
        /// Whether other servers may be asked.
        var asksEndpoints: Bool
    }

    static func create(_ input: Document, _ abilities: Abilities) throws(ServiceError) -> Document {
        for other in others where input[other + "Configuration"] != nil { throw .notHere(other + "Configuration") }
        let endpoint = input["HttpEndpointDestinationConfiguration"]
        let wanted = try one(input["ExtendedS3DestinationConfiguration"], input["S3DestinationConfiguration"], endpoint)
        if endpoint != nil { return try EndpointDestination.create(wanted, abilities) }
        return try checked(merge(none, wanted, backup: wanted["S3BackupConfiguration"]), abilities)
    }

    /// What an update does not name stays as it was, unless the destination becomes one of another kind, of which everything has to be said.
    static func update(_ old: Document, _ input: Document, _ abilities: Abilities) throws(ServiceError) -> Document {
        for other in others where input[other + "Update"] != nil { throw .notHere(other + "Update") }
        let endpoint = input["HttpEndpointDestinationUpdate"]
        let wanted = try one(input["ExtendedS3DestinationUpdate"], input["S3DestinationUpdate"], endpoint)
        if endpoint != nil {
            guard !isOn(old["DynamicPartitioningConfiguration"], unless: false) else { throw partitioningIsForGood }
            return try EndpointDestination.update(EndpointDestination.isOne(old) ? old : none, wanted, abilities)
        }
        let kept = EndpointDestination.isOne(old) ? none : old
        let merged = merge(kept, wanted, backup: wanted["S3BackupUpdate"])
        let (before, after) = (old["DynamicPartitioningConfiguration"], merged["DynamicPartitioningConfiguration"])
        guard isOn(before, unless: false) == isOn(after, unless: false) else {
            throw partitioningIsForGood
        }
        for name in ["RoleARN", "BucketARN"] where merged[name] == nil { throw .invalidArgument("\(name) must be provided for the new destination") }
        return try checked(merged, abilities)
    }

    private static var partitioningIsForGood: ServiceError {
        .invalidArgument("Dynamic partitioning can be enabled or disabled at the creation of a delivery stream only")
    }

    private static func one(_ wanted: Document?...) throws(ServiceError) -> Document {
        let given = wanted.compactMap { $0 }
        guard given.count == 1, let only = given.first else {
            throw .invalidArgument("Exactly one destination configuration is supported for a Firehose")
        }
        return only
    }

    static func merge(_ old: Document, _ wanted: Document, backup: Document?) -> Document {
        var merged = old
        for field in wanted.entriesIfAny where !["S3BackupConfiguration", "S3BackupUpdate"].contains(field.name) && field.value != .null {
            merged.set(field.name, field.value)
        }
        if let backup { merged.set("S3BackupDescription", withDefaults(merge(old["S3BackupDescription"] ?? none, backup, backup: nil))) }
        if merged["S3BackupMode"] == nil { merged.set("S3BackupMode", .string("Disabled")) }
        return withDefaults(merged)
    }

    static func withDefaults(_ destination: Document) -> Document {
        var result = destination
        let defaults: [(String, Document)] = [
            ("BufferingHints", .members([("SizeInMBs", .integer(5)), ("IntervalInSeconds", .integer(300))])),
            ("CompressionFormat", .string("UNCOMPRESSED")),
            ("EncryptionConfiguration", .members([("NoEncryptionConfig", .string("NoEncryption"))])),
            ("CloudWatchLoggingOptions", .members([("Enabled", .boolean(false))])),
        ]
        for (name, value) in defaults where result[name] == nil { result.set(name, value) }
        return result
    }

    // MARK: Checks

    private static func checked(_ destination: Document, _ abilities: Abilities) throws(ServiceError) -> Document {
        try checkCommon(destination, mayHaveKeys: true)
        let isPartitioned = isOn(destination["DynamicPartitioningConfiguration"], unless: false)
        if isOn(destination["DataFormatConversionConfiguration"], unless: true) { throw .notHere("DataFormatConversionConfiguration") }
        if let zone = destination["CustomTimeZone"]?.textIfAny, !["", "UTC"].contains(zone) { throw .notHere("The CustomTimeZone \(zone)") }
        try checkProcessors(destination["ProcessingConfiguration"], ["AppendDelimiterToRecord", "Lambda", "MetadataExtraction"], abilities)
        try checkPartitions(destination, isPartitioned)
        if destination["S3BackupMode"]?.textIfAny == "Enabled" {
            guard let backup = destination["S3BackupDescription"] else {
                throw .invalidArgument("S3BackupConfiguration must be provided when S3BackupMode is Enabled")
            }
            try checkCommon(backup)
        }
        return destination
    }

    /// - Parameter unless: what AWS takes for an `Enabled` that is not there.
    static func isOn(_ configuration: Document?, unless missing: Bool) -> Bool {
        guard let configuration else { return false }
        return configuration["Enabled"].map { $0 == .boolean(true) } ?? missing
    }

    /// - Parameter mayHaveKeys: whether keys of partitions may stand in the prefix.
    static func checkCommon(_ destination: Document, mayHaveKeys: Bool = false) throws(ServiceError) {
        let hints = destination["BufferingHints"]
        guard hints?["SizeInMBs"] != nil, hints?["IntervalInSeconds"] != nil else {
            throw .invalidArgument("Both SizeInMBs and IntervalInSeconds must be specified in BufferingHints")
        }
        let format = destination["CompressionFormat"]?.textIfAny ?? ""
        guard ["UNCOMPRESSED", "GZIP"].contains(format) else { throw .notHere("The compression format \(format)") }
        let (prefix, errorPrefix) = (destination["Prefix"]?.textIfAny ?? "", destination["ErrorOutputPrefix"]?.textIfAny ?? "")
        do throws(PrefixExpression.Fault) {
            let fileExtension = destination["FileExtension"]?.textIfAny ?? ""
            try checkLength(of: try PrefixExpression.delivered(prefix), "Prefix", fileExtension)
            let expression = try PrefixExpression(prefix)
            if !mayHaveKeys, expression.hasPartitionKeys { throw PrefixExpression.Fault(reason: "this prefix cannot have keys of partitions") }
            let hasExpressions = expression.hasExpressions
            if !errorPrefix.isEmpty || !hasExpressions {
                let failed = try PrefixExpression.failed(errorPrefix.isEmpty ? nil : errorPrefix, prefix)
                try checkLength(of: failed, "ErrorOutputPrefix", fileExtension)
            }
            if hasExpressions, errorPrefix.isEmpty {
                throw PrefixExpression.Fault(reason: "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions")
            }
        } catch {
            throw .invalidArgument(error.reason)
        }
    }

    /// What stands behind a prefix: a name of 64 letters, a version, a time and a UUID, each with a hyphen, and `.gz` at least.
    static let longestName = 64 + 20 + 20 + 37 + 3
    static let longestKey = 1024

    private static func checkLength(of prefix: PrefixExpression, _ name: String, _ fileExtension: String) throws(PrefixExpression.Fault) {
        let length = prefix.longest + longestName + fileExtension.utf8.count
        guard length <= longestKey else {
            throw PrefixExpression.Fault(reason: "\(name) can give object keys of \(length) bytes, and \(longestKey) is the most")
        }
    }

    /// - Parameter carried: the types of processors that the destination can have.
    static func checkProcessors(_ configuration: Document?, _ carried: Set<String>, _ abilities: Abilities) throws(ServiceError) {
        guard configuration?["Enabled"] == .boolean(true) else { return }
        var seen: Set<String> = []
        for processor in configuration?["Processors"]?.listIfAny ?? [] {
            let type = processor["Type"]?.textIfAny ?? ""
            guard seen.insert(type).inserted else { throw .invalidArgument("More than one processor of type \(type) was provided") }
            guard carried.contains(type) else { throw .notHere("The processor \(type)") }
            let parameters = DeliverySettings.parameters(processor)
            switch type {
            case "AppendDelimiterToRecord": try allow(parameters, ["Delimiter"], type)
            case "Lambda":
                guard abilities.hasFunctions else { throw .notHere("The processor Lambda") }
                try allow(parameters, ["LambdaArn", "NumberOfRetries", "RoleArn", "BufferSizeInMBs", "BufferIntervalInSeconds"], type)
                guard parameters["LambdaArn"] != nil else { throw .invalidArgument("LambdaArn must be provided for the processor Lambda") }
                try check(parameters, "NumberOfRetries", 0...300)
                try check(parameters, "BufferSizeInMBs", 0.2...3)
                try check(parameters, "BufferIntervalInSeconds", 0...900)
            case "MetadataExtraction":
                try allow(parameters, ["MetadataExtractionQuery", "JsonParsingEngine"], type)
                guard let query = parameters["MetadataExtractionQuery"], parameters["JsonParsingEngine"] == "JQ-1.6" else {
                    throw .invalidArgument(
                        "MetadataExtractionQuery and the JsonParsingEngine JQ-1.6 must be provided for the processor MetadataExtraction"
                    )
                }
                do throws(PartitionQuery.Fault) { _ = try PartitionQuery(query) } catch {
                    throw .invalidArgument("MetadataExtractionQuery: \(error.reason)")
                }
            default: throw .notHere("The processor \(type)")
            }
        }
    }

    /// What dynamic partitioning asks of buffers and prefixes.
    private static func checkPartitions(_ destination: Document, _ isPartitioned: Bool) throws(ServiceError) {
        let settings = DeliverySettings(destination)
        let prefix: PrefixExpression
        do throws(PrefixExpression.Fault) { prefix = try PrefixExpression(settings.prefix) } catch { throw .invalidArgument(error.reason) }
        guard isPartitioned else {
            guard settings.query == nil else { throw .invalidArgument("The processor MetadataExtraction needs dynamic partitioning") }
            guard prefix.hasPartitionKeys else { return }
            throw .invalidArgument("Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is enabled.")
        }
        guard settings.size >= 64 << 20 else {
            throw .invalidArgument("BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.")
        }
        guard settings.interval >= 60 else {
            throw .invalidArgument("BufferingHints.IntervalInSeconds must be at least 60 when Dynamic Partitioning is enabled.")
        }
        guard prefix.hasPartitionKeys else {
            throw .invalidArgument("Prefix must contain keys of partitions when Dynamic Partitioning is enabled.")
        }
        let known = Set(settings.query?.values.map(\.name) ?? [])
        if let other = prefix.partitionKeys(.query).first(where: { !known.contains($0) }) {
            throw .invalidArgument("!{partitionKeyFromQuery:\(other)} is no key of the processor MetadataExtraction")
        }
        if let key = prefix.partitionKeys(.function).first, settings.transformation == nil {
            throw .invalidArgument("!{partitionKeyFromLambda:\(key)} needs the processor Lambda")
        }
    }

    private static func allow(_ parameters: [String: String], _ allowed: Set<String>, _ type: String) throws(ServiceError) {
        if let other = parameters.keys.sorted().first(where: { !allowed.contains($0) }) {
            throw .invalidArgument("The parameter \(other) is not applicable for the processor \(type)")
        }
    }

    private static func check(_ parameters: [String: String], _ name: String, _ range: ClosedRange<Double>) throws(ServiceError) {
        guard let text = parameters[name] else { return }
        // Digits, and for a size a point between them: what else Swift takes for a number, AWS does not.
        let digits = text.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = digits.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) }
        guard isPlain, digits.count <= (name == "BufferSizeInMBs" ? 2 : 1), let value = Double(text), range.contains(value) else {
            throw .invalidArgument("\(name) must be between \(range.lowerBound) and \(range.upperBound)")
        }
    }
}
