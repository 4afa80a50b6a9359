import Testing

@testable import Wire

@Suite struct XMLTests {
    @Test func `a written document is what S3 sends`() {
        var writer = XMLWriter()
        writer.element("ListBucketResult", attributes: [("xmlns", "http://s3.amazonaws.com/doc/2006-03-01/")]) { writer in
            writer.leaf("Name", "b")
            writer.leaf("MaxKeys", 1000)
            writer.leaf("IsTruncated", false)
            writer.element("Contents") { $0.leaf("Key", "a&b<c>\"d'\r\u{1}") }
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><MaxKeys>1000</MaxKeys>\
                <IsTruncated>false</IsTruncated><Contents><Key>a&amp;b&lt;c&gt;&quot;d&apos;&#xd;&#x1;</Key></Contents></ListBucketResult>
                """
        )
    }

    @Test func `what is written reads back`() throws {
        let texts = ["", " a ", "ünïcode 💡", "<&>\"'", "line\nfeed\tand tab\rreturn", "]]>", "&amp;"]
        var writer = XMLWriter()
        writer.element("Root") { writer in
            for text in texts { writer.leaf("Key", text) }
        }
        #expect(try XMLElement(parsing: writer.bytes).all("Key").map(\.text) == texts)
    }

    @Test func `requests of S3's clients are read`() throws {
        let delete = try XMLElement(
            parsing: Array(
                """
                \u{FEFF}<?xml version="1.0" encoding="UTF-8" standalone='yes'?>
                <!-- a comment -->
                <s3:Delete xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" >
                  <Quiet>true</Quiet>
                  <Object><Key>a&#47;b&#x2f;c</Key></Object >
                  <Object><Key><![CDATA[<raw>&amp;]]> and &lt;more&gt;</Key><VersionId/></Object>
                </s3:Delete>

                """.utf8
            )
        )
        #expect(delete.name == "Delete")
        #expect(delete["Quiet"]?.text == "true")
        #expect(delete.all("Object").map { $0["Key"]?.text } == ["a/b/c", "<raw>&amp; and <more>"])
        #expect(delete.all("Object")[1]["VersionId"] == XMLElement(name: "VersionId"))
    }

    @Test(arguments: [
        "", "   ", "text", "<a>", "<a></b>", "</a>", "<a></a><b></b>", "<a/>x", "x<a/>", "<a", "<a b>", "<a b=c/>", "<a b='c/>", "<a b='<'/>",
        "<a b='1' b='2'/>", "<a b='1'c='2'/>", "<1a/>", "<a>&nbsp;</a>", "<a>&</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>",
        "<a>&#+5;</a>",
        "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "<?pi x?><a/>",
        "<a><!-- </a>", "<a><![CDATA[ </a>", "<a><?xml version='1.0'?></a>", "<a>\u{1}</a>", "<a/ >", "< a/>", "<a></a", "<a><b></a></b>",
    ]) func `what is not well-formed or asks for more than text is refused`(_ text: String) {
        #expect(throws: XMLFault.self) { try XMLElement(parsing: Array(text.utf8)) }
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        #expect(throws: XMLFault.self) { try XMLElement(parsing: Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) }
    }

    @Test func `depth and size are bounded`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)).utf8)
        }
        #expect(try XMLElement(parsing: nested(32)).name == "a")
        #expect(throws: XMLFault.self) { try XMLElement(parsing: nested(33)) }
        #expect(throws: XMLFault.self) { try XMLElement(parsing: nested(1_000_000)) }
        let many = Array(("<a>" + String(repeating: "<b/>", count: 100) + "</a>").utf8)
        #expect(try XMLElement(parsing: many, maximumElements: 101).children.count == 100)
        #expect(throws: XMLFault.self) { try XMLElement(parsing: many, maximumElements: 100) }
    }

    @Test func `no prefix of a document is a document`() throws {
        let text = Array("<?xml version='1.0'?><a x='1'><b>t&amp;</b><c/><![CDATA[d]]></a>".utf8)
        for count in 0..<text.count { #expect(throws: XMLFault.self) { try XMLElement(parsing: Array(text[..<count])) } }
        #expect(try XMLElement(parsing: text).text == "d")
    }

    @Test func `no flipped bit makes the reader trap`() {
        let text = Array("<?xml version='1.0'?><a x='1'><b>t&#38;</b><c/><![CDATA[d]]><!-- e --></a>".utf8)
        for index in text.indices {
            for bit in 0..<8 {
                var changed = text
                changed[index] ^= 1 << UInt8(bit)
                if let element = try? XMLElement(parsing: changed) { #expect(!element.name.isEmpty) }
            }
        }
    }
}
