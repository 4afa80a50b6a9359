import ServiceKit
import Wire

/// How objects are made, read from what Describe shows. What is kept was checked when it came; what is missing has its default.
struct DeliverySettings: Sendable {
    struct Transformation: Sendable {
        var function: String
        var retries: Int
        /// Bytes of records that one invocation is given.
        var size: Int
    }

    /// Where records are sent instead of a bucket; what cannot be sent goes to the bucket.
    struct Endpoint: Sendable {
        var url: String
        var accessKey: String
        var isCompressed: Bool
        var attributes: [(name: String, value: String)]
        /// Seconds since the first failure, after which a request is given up.
        var retrySeconds: Double
        /// Whether the bucket is given all records, and not only those that could not be sent.
        var backsUpAll: Bool
    }

    var endpoint: Endpoint?
    var bucket: String
    var prefix: String
    var errorPrefix: String?
    /// Bytes of records, and seconds since the oldest of them came, after which an object is made.
    var size: Int
    var interval: Int
    var isCompressed: Bool
    /// What names of objects end in.
    var fileExtension: String
    /// What is put behind each record.
    var delimiter: [UInt8]
    var transformation: Transformation?
    /// Whether records go to objects by keys of their own; with the query that finds them.
    var isPartitioned: Bool
    var query: PartitionQuery?
    /// Where records go as they came.
    var backup: [DeliverySettings]

    /// Whether what makes an object, or a request, waits for others, who may be slow.
    var waitsForOthers: Bool { transformation != nil || endpoint != nil }

    init(_ kept: Document) {
        let destination = kept["EndpointConfiguration"] == nil ? kept : kept["S3DestinationDescription"] ?? .null
        endpoint = kept["EndpointConfiguration"].map { Self.endpoint($0, kept) }
        bucket = Self.bucket(destination["BucketARN"]?.textIfAny ?? "")
        prefix = destination["Prefix"]?.textIfAny ?? ""
        errorPrefix = destination["ErrorOutputPrefix"]?.textIfAny.flatMap { $0.isEmpty ? nil : $0 }
        let hints = kept["BufferingHints"]
        size = Self.whole(hints?["SizeInMBs"]).map { $0 << 20 } ?? 5 << 20
        interval = Self.whole(hints?["IntervalInSeconds"]) ?? 300
        isCompressed = destination["CompressionFormat"]?.textIfAny == "GZIP"
        let named = destination["FileExtension"]?.textIfAny ?? ""
        fileExtension = named.isEmpty ? (isCompressed ? ".gz" : "") : named
        (delimiter, transformation, query) = ([], nil, nil)
        isPartitioned = kept["DynamicPartitioningConfiguration"]?["Enabled"] == .boolean(true)
        if kept["ProcessingConfiguration"]?["Enabled"] == .boolean(true) {
            for processor in kept["ProcessingConfiguration"]?["Processors"]?.listIfAny ?? [] {
                let parameters = Self.parameters(processor)
                switch processor["Type"]?.textIfAny {
                case "AppendDelimiterToRecord": delimiter = Self.delimiter(parameters["Delimiter"] ?? "\\n")
                case "Lambda":
                    let megabytes = parameters["BufferSizeInMBs"].flatMap { Double($0) } ?? 1
                    transformation = Transformation(
                        function: parameters["LambdaArn"] ?? "",
                        retries: parameters["NumberOfRetries"].flatMap { Int($0) } ?? 3,
                        size: Int(min(max(megabytes, 0.2), 3) * 1_048_576)
                    )
                case "MetadataExtraction": query = try? PartitionQuery(parameters["MetadataExtractionQuery"] ?? "")
                default: break
                }
            }
        }
        let isBackedUp = destination["S3BackupMode"]?.textIfAny == "Enabled"
        backup = isBackedUp ? destination["S3BackupDescription"].map { [DeliverySettings($0)] } ?? [] : []
    }

    private static func endpoint(_ configuration: Document, _ kept: Document) -> Endpoint {
        let request = kept["RequestConfiguration"]
        return Endpoint(
            url: configuration["Url"]?.textIfAny ?? "",
            accessKey: configuration["AccessKey"]?.textIfAny ?? "",
            isCompressed: request?["ContentEncoding"]?.textIfAny == "GZIP",
            attributes: (request?["CommonAttributes"]?.listIfAny ?? []).map {
                ($0["AttributeName"]?.textIfAny ?? "", $0["AttributeValue"]?.textIfAny ?? "")
            },
            retrySeconds: kept["RetryOptions"]?["DurationInSeconds"]?.numberIfAny ?? EndpointDestination.retrySeconds,
            backsUpAll: kept["S3BackupMode"]?.textIfAny == "AllData"
        )
    }

    /// The bucket that an ARN names.
    static func bucket(_ arn: String) -> String { ARN(arn)?.resource ?? "" }

    static func parameters(_ processor: Document) -> [String: String] {
        let pairs = (processor["Parameters"]?.listIfAny ?? []).map { ($0["ParameterName"]?.textIfAny ?? "", $0["ParameterValue"]?.textIfAny ?? "") }
        return Dictionary(pairs, uniquingKeysWith: { _, last in last })
    }

    /// Escapes as they are written in the parameter: `\n`, `\t`, `\r`, `\\`.
    private static func delimiter(_ text: String) -> [UInt8] {
        var (bytes, rest) = ([UInt8](), Array(text.utf8)[...])
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.first else {
                bytes.append(byte)
                continue
            }
            let escaped: [UInt8: UInt8] = [UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "\\"): 92]
            if let meant = escaped[next] {
                bytes.append(meant)
                rest = rest.dropFirst()
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func whole(_ document: Document?) -> Int? {
        guard case .integer(let value)? = document, (0...100_000).contains(value) else { return nil }
        return Int(value)
    }
}
