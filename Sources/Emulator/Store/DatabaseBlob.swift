import GRDB

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Bytes in and out of SQLite, for the library speaks `Data`.
enum DatabaseBlob {
    static func data(_ bytes: [UInt8]) -> Data {
        Data(bytes)
    }

    static func bytes(_ value: Data) -> [UInt8] {
        Array(value)
    }
}
