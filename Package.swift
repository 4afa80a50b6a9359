// swift-tools-version: 6.2
import PackageDescription

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Every target of ours is built with the same rules; `make test` also turns warnings into errors.
var rules: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
if Context.environment["PERSONALITE_STRICT"] != nil {
    rules.append(.treatAllWarnings(as: .error))
}

/// What is asked for a few times in a session rather than thousands of times in a second: smaller is better than faster.
let compactRules = rules + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// Inner loops over raw buffers whose bounds their callers have proved. Nothing that reads what comes from outside may be built with it.
let uncheckedRules = rules + [.unsafeFlags(["-Ounchecked"], .when(configuration: .release))]

/// The same inner loops for processors with AVX2, called only where there is one.
#if arch(x86_64)
    let wideRules = uncheckedRules + [.unsafeFlags(["-Xcc", "-mavx2"])]
#else
    let wideRules = uncheckedRules
#endif

/// The hash functions of libcrypto's archive, where there is one: the shared library has a thousand times as much, which a start would wait for.
let hasCryptoArchive = ["x86_64-linux-gnu/", "aarch64-linux-gnu/", ""].contains { access("/usr/lib/\($0)libcrypto.a", R_OK) == 0 }
let hashFunctions: [LinkerSetting] = [.linkedLibrary(hasCryptoArchive ? ":libcrypto.a" : "crypto")]

/// What the server itself is made of, beside its own sources.
let serverDependencies: [Target.Dependency] = [
    "Emulator", "ServiceKit", "Wire", "CLibSSL", "OutgoingHTTP", "CPostStack",
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOHTTP2", package: "swift-nio-http2"),
    .product(name: "NIOHPACK", package: "swift-nio-http2"),
    .product(name: "Logging", package: "swift-log"),
    .product(name: "ArgumentParser", package: "swift-argument-parser"),
]

/// What reads bytes of strangers, by the folders of `Tests/FuzzTests`.
let fuzzDependencies: [String: [Target.Dependency]] = [
    "Formats": ["Wire", "Streams", "Recommend"],
    "Expressions": ["PersonalizeEmulator", "CloudFormationEmulator", "APIGatewayEmulator", "Recommend", "Shapes", "Wire"],
    "Listener": [
        "personalite", "Wire",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
    ],
]

let package = Package(
    name: "personalite",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "personalite", targets: ["personalite"]),
        .executable(name: "bench", targets: ["bench"]),
        .executable(name: "shapegen", targets: ["shapegen"]),
        // For the tests of others: a trait of Swift Testing. It starts the server as a program, so nothing of that is in it.
        .library(name: "PersonaliteTesting", targets: ["PersonaliteTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    ],
    targets: [
        .systemLibrary(name: "CLibCrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CLibSSL", swiftSettings: rules),
        .target(name: "CLibCipher", swiftSettings: rules),
        .systemLibrary(name: "CCRC32C"),
        .target(name: "CLibCurl", swiftSettings: rules),
        .target(name: "OutgoingHTTP", dependencies: ["CLibCurl"], swiftSettings: rules),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        // The compiler reads the pages by #embed, and knows that it has to again when one changes.
        .target(name: "CConsolePages", exclude: ["Pages"], swiftSettings: rules),
        // Its files are those of testdata/post.
        .target(name: "CPostStack", swiftSettings: rules),
        .target(name: "Wire", dependencies: ["CLibCrypto"], swiftSettings: rules, linkerSettings: hashFunctions),
        .target(name: "Shapes", dependencies: ["Wire"], swiftSettings: rules),
        .target(name: "Checksums", dependencies: ["CCRC32C"], swiftSettings: rules),
        .target(name: "Streams", dependencies: ["Checksums"], swiftSettings: rules),
        .target(name: "Sealing", dependencies: ["CLibCipher"], swiftSettings: rules),
        .target(name: "SQLite", dependencies: ["CSQLite", "Checksums"], swiftSettings: rules),
        .target(name: "Kernels", dependencies: ["CProcessor"], swiftSettings: uncheckedRules),
        // Its files are links to those of Kernels.
        .target(name: "KernelsAVX2", dependencies: ["CProcessor"], swiftSettings: wideRules),
        .systemLibrary(name: "CProcessor"),
        .target(name: "Recommend", dependencies: ["Kernels", "KernelsAVX2", "CProcessor"], swiftSettings: rules),
        .target(
            name: "ServiceKit",
            dependencies: [
                "Wire", "SQLite", "CZlib", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: rules
        ),
        .target(
            name: "KinesisEmulator",
            dependencies: [
                "Wire", "Shapes", "Streams", "ServiceKit", "Sealing",
                "SQLite", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: rules
        ),
        .target(
            name: "S3Emulator",
            dependencies: [
                "Wire", "ServiceKit",
                "SQLite", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: rules
        ),
        .target(
            name: "PersonalizeEmulator",
            dependencies: [
                "Wire", "Shapes", "Streams", "Recommend", "ServiceKit",
                "SQLite", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: rules
        ),
        .target(name: "IdentityEmulator", dependencies: ["Wire", "Shapes", "ServiceKit"], swiftSettings: compactRules),
        .target(name: "ParameterEmulator", dependencies: ["Wire", "Shapes", "ServiceKit"], swiftSettings: compactRules),
        .target(name: "APIGatewayEmulator", dependencies: ["Wire", "Shapes", "ServiceKit", "OutgoingHTTP"], swiftSettings: compactRules),
        .target(
            name: "FirehoseEmulator",
            dependencies: ["Wire", "Shapes", "Streams", "ServiceKit", "SQLite", "OutgoingHTTP", .product(name: "Logging", package: "swift-log")],
            swiftSettings: rules
        ),
        .target(name: "CloudWatchEmulator", dependencies: ["Wire", "Shapes", "ServiceKit"], swiftSettings: compactRules),
        .target(
            name: "LogsEmulator",
            dependencies: ["Wire", "Shapes", "ServiceKit", "SQLite", .product(name: "Logging", package: "swift-log")],
            swiftSettings: compactRules
        ),
        .target(
            name: "EventBridgeEmulator",
            dependencies: ["Wire", "Shapes", "ServiceKit", .product(name: "Logging", package: "swift-log")],
            swiftSettings: compactRules
        ),
        .target(
            name: "CloudFormationEmulator",
            dependencies: ["Wire", "Shapes", "ServiceKit", "SQLite", .product(name: "Logging", package: "swift-log")],
            swiftSettings: compactRules
        ),
        .target(name: "CFunctionBootstraps", exclude: ["Files"], swiftSettings: rules),
        .target(
            name: "LambdaEmulator",
            dependencies: [
                "Wire", "Shapes", "ServiceKit", "SQLite", "CFunctionBootstraps", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: rules
        ),
        .target(
            name: "Emulator",
            dependencies: [
                "Wire", "Shapes", "Streams", "ServiceKit", "KinesisEmulator", "S3Emulator", "PersonalizeEmulator",
                "IdentityEmulator", "ParameterEmulator", "CloudFormationEmulator", "APIGatewayEmulator", "FirehoseEmulator", "CloudWatchEmulator",
                "Recommend", "SQLite", "CConsolePages",
                "LambdaEmulator", "LogsEmulator", "EventBridgeEmulator", "OutgoingHTTP",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: rules
        ),
        .executableTarget(
            name: "personalite",
            dependencies: serverDependencies,
            swiftSettings: rules
        ),
        .executableTarget(
            name: "bench",
            dependencies: [
                "Wire", "Recommend",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Compare"],
            swiftSettings: rules
        ),
        .executableTarget(
            name: "shapegen",
            dependencies: ["Wire"],
            exclude: ["Models"],
            swiftSettings: rules
        ),
        .target(name: "PersonaliteTesting", swiftSettings: rules),
        .testTarget(name: "PersonaliteTestingTests", dependencies: ["PersonaliteTesting", "personalite"], swiftSettings: rules),
        .testTarget(name: "WireTests", dependencies: ["Wire", "Shapes"], swiftSettings: rules),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite"], swiftSettings: rules),
        .testTarget(name: "StreamsTests", dependencies: ["Streams", "Checksums"], swiftSettings: rules),
        .testTarget(name: "RecommendTests", dependencies: ["Recommend", "Kernels", "KernelsAVX2", "CProcessor"], swiftSettings: rules),
        .testTarget(
            name: "EmulatorTests",
            dependencies: [
                "Emulator", "ServiceKit", "KinesisEmulator", "S3Emulator", "PersonalizeEmulator", "IdentityEmulator",
                "ParameterEmulator", "CloudFormationEmulator", "SQLite", "Sealing",
            ],
            swiftSettings: rules
        ),
        .testTarget(
            name: "ListenerTests",
            dependencies: [
                "personalite", "ServiceKit", "CLibSSL",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: rules
        ),
        .testTarget(
            name: "FirehoseTests",
            dependencies: ["FirehoseEmulator", "OutgoingHTTP", "Streams", "ServiceKit", "Wire", .product(name: "Logging", package: "swift-log")],
            swiftSettings: rules
        ),
        .testTarget(name: "CloudWatchTests", dependencies: ["CloudWatchEmulator", "ServiceKit", "Wire"], swiftSettings: rules),
        .testTarget(
            name: "LogsTests",
            dependencies: ["LogsEmulator", "ServiceKit", "SQLite", "Wire", .product(name: "Logging", package: "swift-log")],
            swiftSettings: rules
        ),
        .testTarget(
            name: "EventBridgeTests",
            dependencies: ["EventBridgeEmulator", "ServiceKit", "SQLite", "Wire", .product(name: "Logging", package: "swift-log")],
            swiftSettings: rules
        ),
        .testTarget(name: "APIGatewayTests", dependencies: ["APIGatewayEmulator", "OutgoingHTTP", "ServiceKit", "Wire"], swiftSettings: rules),
        .testTarget(name: "LambdaTests", dependencies: ["LambdaEmulator", "ServiceKit", "Wire", "Shapes"], swiftSettings: rules),
        .testTarget(name: "CloudFormationTests", dependencies: ["CloudFormationEmulator", "ServiceKit", "Wire"], swiftSettings: rules),
        .testTarget(
            name: "FuzzTests",
            dependencies: (fuzzDependencies["Listener"] ?? []) + [
                "PersonalizeEmulator", "CloudFormationEmulator", "APIGatewayEmulator", "Shapes", "Streams", "Recommend",
            ],
            exclude: ["Run"],
            swiftSettings: rules
        ),
        .testTarget(name: "ArchitectureTests", dependencies: ["shapegen"], swiftSettings: rules),
    ],
    swiftLanguageModes: [.v6]
)

// `make fuzz`: programs that hand libFuzzer's inputs to the entries of Tests/FuzzTests, each with one folder of them. libFuzzer looks at every counter of a
// program after each input, so what reads JSON is ten times as fast without the server around it. Nothing can depend on an executable, so the server
// is a library then, without its entry point.
if let group = Context.environment["PERSONALITE_FUZZ"] {
    package.products = []
    package.targets.removeAll { $0.type == .test || $0.type == .executable }
    package.targets += [
        .target(name: "personalite", dependencies: serverDependencies, exclude: ["Main.swift"], swiftSettings: rules),
        .executableTarget(
            name: "fuzz-\(group.lowercased())",
            dependencies: fuzzDependencies[group] ?? [],
            path: "Tests/FuzzTests",
            exclude: ["ReplayTests.swift"] + fuzzDependencies.keys.filter { $0 != group }.flatMap { [$0, "Run/Run\($0).swift"] },
            sources: ["FuzzTarget.swift", group, "Run/Fuzz.swift", "Run/Run\(group).swift"],
            swiftSettings: rules
        ),
    ]
}

// `make sanitize`: some of the tests (their names with blanks between them) and what they stand on, and nothing else.
if let names = Context.environment["PERSONALITE_TESTS"]?.split(separator: " ").map(String.init), !names.isEmpty {
    var wanted: Set<String> = []
    var open = names
    while let name = open.popLast() {
        guard wanted.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { continue }
        for case .byNameItem(let name, _) in target.dependencies { open.append(name) }
    }
    package.targets.removeAll { !wanted.contains($0.name) }
    package.products = []
}
