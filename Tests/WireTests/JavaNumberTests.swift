import Testing
import Wire

@Suite struct JavaNumberTests {
    /// From the documentation of `Double.toString`, and from what Personalize wrote.
    @Test(arguments: [
        (0.0003773, "3.773E-4"), (0.001, "0.001"), (0.000999, "9.99E-4"), (0.0152238, "0.0152238"), (0, "0.0"), (-0.0, "-0.0"), (130, "130.0"),
        (13000, "13000.0"), (0.1, "0.1"), (9_999_999, "9999999.0"), (1e7, "1.0E7"), (12_345_678.5, "1.23456785E7"), (-1.5, "-1.5"),
        (-0.00025, "-2.5E-4"), (1e21, "1.0E21"), (1.7976931348623157e308, "1.7976931348623157E308"), (Double.leastNonzeroMagnitude, "5.0E-324"),
        (100, "100.0"),
        (1_698_421_316.283, "1.698421316283E9"), (.infinity, "Infinity"), (-.infinity, "-Infinity"), (.nan, "NaN"),
    ])
    func `numbers are printed as Java prints them`(number: Double, text: String) {
        #expect(JavaNumber.text(number) == text)
    }

    @Test func `what is printed is read back`() {
        var random = Seeded(state: 3)
        for _ in 0..<2000 {
            let number = Double(bitPattern: random.next())
            if number.isFinite { #expect(Double(JavaNumber.text(number)) == number) }
        }
    }

    @Test func `a document may be written so`() {
        let document = Document.list([.double(0.0001), .timestamp(Timestamp(milliseconds: 1_698_421_316_283)), .integer(7)])
        #expect(JSON.write(document, numbers: .java) == Array("[1.0E-4,1.698421316283E9,7]".utf8))
        #expect(JSON.write(document) == Array("[0.0001,1698421316.283,7]".utf8))
    }
}
