import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `swift run shapegen`: prints `Sources/Shapes/*.generated.swift` from `Sources/shapegen/Models/*.json`.
@main
enum Main {
    static func main() throws(Failure) {
        let root = CommandLine.arguments.dropFirst().first ?? "."
        for (path, text) in try Shapegen.render(root: root) {
            try Files.write(text, to: path)
            print(path)
        }
    }
}

struct Failure: Error {
    var description: String
}

enum Shapegen {
    static let services = ["kinesis", "personalize", "personalize-events", "personalize-runtime"]
    /// Of these only what their operations take.
    static let inputs = ["apigateway", "cloudformation", "cloudwatch", "events", "firehose", "iam", "lambda", "logs", "ssm", "sts"]

    /// Every generated file with what it should hold.
    static func render(root: String) throws(Failure) -> [(path: String, text: String)] {
        var files: [(path: String, text: String)] = []
        for service in services + inputs {
            let bytes = try Files.read("\(root)/Sources/shapegen/Models/\(service).json")
            do {
                let model = Model(try JSON.parse(bytes))
                let text = inputs.contains(service) ? RenderInputs.file(model) : Render.file(model)
                files.append((path: "\(root)/Sources/Shapes/\(model.namespace).generated.swift", text: text))
            } catch {
                throw Failure(description: "\(service).json: \(error)")
            }
        }
        let names = String(decoding: try Files.read("\(root)/Sources/shapegen/Models/services.txt"), as: UTF8.self)
        files.append((path: "\(root)/Sources/Shapes/ServiceNames.generated.swift", text: RenderInputs.names(names)))
        return files
    }
}

enum Files {
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw Failure(description: "\(path) cannot be read") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    static func write(_ text: String, to path: String) throws(Failure) {
        guard let file = fopen(path, "wb") else { throw Failure(description: "\(path) cannot be written") }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure(description: "\(path) cannot be written") }
    }
}
