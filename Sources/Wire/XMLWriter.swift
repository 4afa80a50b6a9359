/// Writes one XML document into bytes: elements, text, and the attributes that S3 has.
package struct XMLWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var open: [String] = []

    /// Begins with the declaration.
    package init(reserving capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
        bytes.append(contentsOf: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8)
    }

    /// An element with whatever `content` writes.
    package mutating func element(_ name: String, attributes: [(name: String, value: String)] = [], _ content: (inout XMLWriter) -> Void) {
        begin(name, attributes: attributes)
        content(&self)
        end()
    }

    package mutating func begin(_ name: String, attributes: [(name: String, value: String)] = []) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: name.utf8)
        for attribute in attributes {
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: attribute.name.utf8)
            bytes.append(contentsOf: "=\"".utf8)
            appendEscaped(attribute.value)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
        open.append(name)
    }

    /// Ends the element that was begun last.
    package mutating func end() {
        guard let name = open.popLast() else { preconditionFailure("an element ends that was never begun") }
        bytes.append(contentsOf: "</".utf8)
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ">"))
    }

    /// An element with text alone.
    package mutating func leaf(_ name: String, _ text: String) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ">"))
        appendEscaped(text)
        bytes.append(contentsOf: "</".utf8)
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ">"))
    }

    package mutating func leaf(_ name: String, _ number: Int) {
        leaf(name, String(number))
    }

    package mutating func leaf(_ name: String, _ flag: Bool) {
        leaf(name, flag ? "true" : "false")
    }

    /// Character data inside the element that is open.
    package mutating func text(_ text: String) {
        appendEscaped(text)
    }

    /// Control characters other than tab and line feed become references, as S3 writes them: no plain character survives a parser's folding.
    private mutating func appendEscaped(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): bytes.append(contentsOf: "&apos;".utf8)
            case UInt8(ascii: "\t"), UInt8(ascii: "\n"): bytes.append(byte)
            case 0..<32: bytes.append(contentsOf: "&#x\(String(byte, radix: 16));".utf8)
            default: bytes.append(byte)
            }
        }
    }
}
