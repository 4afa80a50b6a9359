import Testing

/// Which target may import which: the arrows of docs/architecture.md, as a test.
struct ArrowTests {
    /// What a target may import beyond the standard library and the platform.
    static let arrows: [String: Set<String>] = [
        "Wire": ["CLibCrypto"],
        "Shapes": ["Wire"],
        "Checksums": ["CCRC32C"],
        "OutgoingHTTP": ["CLibCurl"],
        "Streams": ["Checksums"],
        "Sealing": ["CLibCipher"],
        "SQLite": ["CSQLite", "Checksums"],
        "Kernels": ["CProcessor"],
        "KernelsAVX2": ["CProcessor"],
        "Recommend": ["Kernels", "KernelsAVX2", "CProcessor"],
        "ServiceKit": ["Wire", "SQLite", "CZlib", "Logging"],
        "KinesisEmulator": ["ServiceKit", "Wire", "Shapes", "Streams", "Sealing", "SQLite", "Logging"],
        "S3Emulator": ["ServiceKit", "Wire", "SQLite", "Logging"],
        "PersonalizeEmulator": ["ServiceKit", "Wire", "Shapes", "Streams", "Recommend", "SQLite", "Logging"],
        "IdentityEmulator": ["ServiceKit", "Wire", "Shapes"],
        "ParameterEmulator": ["ServiceKit", "Wire", "Shapes"],
        "FirehoseEmulator": ["ServiceKit", "Wire", "Shapes", "Streams", "SQLite", "OutgoingHTTP", "Logging"],
        "CloudWatchEmulator": ["ServiceKit", "Wire", "Shapes"],
        "LogsEmulator": ["ServiceKit", "Wire", "Shapes", "SQLite", "Logging"],
        "EventBridgeEmulator": ["ServiceKit", "Wire", "Shapes", "Logging"],
        "APIGatewayEmulator": ["ServiceKit", "Wire", "Shapes", "OutgoingHTTP"],
        "CloudFormationEmulator": ["ServiceKit", "Wire", "Shapes", "SQLite", "Logging"],
        "CFunctionBootstraps": [],
        "LambdaEmulator": ["ServiceKit", "Wire", "Shapes", "SQLite", "Logging", "CFunctionBootstraps"],
        "Emulator": [
            "ServiceKit", "KinesisEmulator", "S3Emulator", "PersonalizeEmulator", "IdentityEmulator", "ParameterEmulator",
            "CloudFormationEmulator", "LambdaEmulator", "APIGatewayEmulator", "FirehoseEmulator", "CloudWatchEmulator", "LogsEmulator",
            "EventBridgeEmulator",
            "Wire", "CConsolePages", "Shapes", "Streams", "Recommend", "SQLite", "Logging",
            "OutgoingHTTP",
        ],
        "personalite": [
            "Emulator", "ServiceKit", "Wire", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOHTTP2", "NIOHPACK", "CLibSSL", "CPostStack", "Logging",
            "ArgumentParser", "OutgoingHTTP",
        ],
        "bench": ["Wire", "Recommend", "NIOCore", "NIOPosix", "NIOHTTP1", "ArgumentParser"],
        "shapegen": ["Wire"],
        "PersonaliteTesting": ["Testing"],
    ]
    static let platform: Set<String> = ["Swift", "Synchronization", "Dispatch", "Glibc", "Musl", "Darwin"]

    /// The module that a line imports, if it is an import.
    static func module(_ line: Substring) -> String? {
        var words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
        if let first = words.first, ["public", "package", "internal", "fileprivate", "private"].contains(first) { words.removeFirst() }
        guard words.count >= 2, words[0] == "import" else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        return name.split(separator: ".").first.map(String.init)
    }

    @Test func `every folder of Sources is a target of the plan`() {
        #expect(Set(SourceTree.sources.map(\.target)).subtracting(Self.arrows.keys) == [])
        #expect(SourceTree.sources.count > 8)
    }

    @Test func `the arrows form no circle`() {
        var left = Self.arrows
        while let free = left.first(where: { $0.value.isDisjoint(with: left.keys) })?.key { left[free] = nil }
        #expect(left.keys.sorted() == [])
    }

    @Test func `imports follow the arrows`() {
        var broken: [String] = []
        for file in SourceTree.sources {
            let allowed = Self.platform.union(Self.arrows[file.target] ?? [])
            for (number, line) in file.lines.enumerated() {
                guard let module = Self.module(line), !allowed.contains(module) else { continue }
                broken.append("\(file.path):\(number + 1)")
            }
        }
        #expect(broken == [])
    }

    @Test(arguments: [
        ("import Wire", "Wire"), ("package import Wire", "Wire"), ("@testable import Emulator", "Emulator"),
        ("import struct Foundation.Data", "Foundation"), ("@preconcurrency private import NIOCore", "NIOCore"),
        ("// import Wire", nil), ("let important = 1", nil),
    ])
    func `an import is recognised in all its forms`(line: String, module: String?) {
        #expect(Self.module(Substring(line)) == module)
    }
}
