#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the system answered to a file operation.
package struct FileFailure: Error, CustomStringConvertible {
    package var operation: String
    package var code: Int32

    package init(_ operation: String, code: Int32 = errno) {
        self.operation = operation
        self.code = code
    }

    package var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
