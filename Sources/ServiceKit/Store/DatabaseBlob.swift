import GRDB

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Bytes in and out of SQLite, for the library speaks `Data`.
package enum DatabaseBlob {
    package static func data(_ bytes: [UInt8]) -> Data {
        Data(bytes)
    }

    package static func bytes(_ value: Data) -> [UInt8] {
        Array(value)
    }
}
