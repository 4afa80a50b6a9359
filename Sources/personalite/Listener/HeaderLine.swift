/// One header line: `name: value`, without folding, without blanks before the colon, without control characters.
enum HeaderLine {
    /// The name in lower case and the value without the blanks around it.
    static func parse(_ line: UnsafeRawBufferPointer) throws(HTTPRequestError) -> (name: String, value: String) {
        if Characters.isBlank(line[0]) { throw .bad("A header line cannot be folded.") }
        var colon = 0
        while colon < line.count, Characters.isToken(line[colon]) { colon += 1 }
        guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else { throw .bad("A header line is not \"name: value\".") }
        var start = colon + 1
        var end = line.count
        while start < end, Characters.isBlank(line[start]) { start += 1 }
        while end > start, Characters.isBlank(line[end - 1]) { end -= 1 }
        let value = UnsafeRawBufferPointer(rebasing: line[start..<end])
        guard value.allSatisfy(Characters.isFieldValue) else { throw .bad("A header value has a control character in it.") }
        return (lowerCased(UnsafeRawBufferPointer(rebasing: line[..<colon])), text(value))
    }

    private static func lowerCased(_ name: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: name.count) { target in
            for index in 0..<name.count { target[index] = Characters.lower(name[index]) }
            return name.count
        }
    }

    /// UTF-8 as it stands; anything else as Latin-1, which loses nothing.
    private static func text(_ value: UnsafeRawBufferPointer) -> String {
        if let text = String(validating: value, as: UTF8.self) { return text }
        return String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) }))
    }
}
