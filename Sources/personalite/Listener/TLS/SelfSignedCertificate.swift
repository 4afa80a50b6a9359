import Crypto
import Glibc
import Wire

/// A certificate for this machine's own names, signed with its own key: clients that are told to trust it can tell the server from others.
struct SelfSignedCertificate {
    /// PEM, as clients take it.
    let certificate: String
    /// PEM (PKCS #8).
    let key: String

    /// The names it is good for.
    static let names = ["localhost", "*.localhost"]
    static let addresses: [[UInt8]] = [[127, 0, 0, 1], [UInt8](repeating: 0, count: 15) + [1]]
    private static let years = 10

    private static let ecdsaWithSHA256 = DER.sequence(DER.identifier([1, 2, 840, 10045, 4, 3, 2]))

    /// - Parameter now: epoch seconds.
    init(now: Int) throws {
        let key = P256.Signing.PrivateKey()
        let name = DER.sequence(DER.set(DER.sequence(DER.identifier([2, 5, 4, 3]), DER.utf8("personalite"))))
        var generator = SystemRandomNumberGenerator()
        let serial = (0..<16).map { _ in UInt8.random(in: 1...0x7F, using: &generator) }
        // A day's grace for clients whose clocks are behind.
        let validity = DER.sequence(Self.time(now - 86_400), Self.time(now + Self.years * 365 * 86_400))
        let body = DER.sequence(
            DER.tagged(0xA0, DER.integer([2])),
            DER.integer(serial),
            Self.ecdsaWithSHA256,
            name,
            validity,
            name,
            Array(key.publicKey.derRepresentation),
            DER.tagged(0xA3, Self.extensions(key.publicKey))
        )
        let signature = try key.signature(for: body)
        let whole = DER.sequence(body, Self.ecdsaWithSHA256, DER.bits(Array(signature.derRepresentation)))
        certificate = Self.pem("CERTIFICATE", whole)
        self.key = key.pemRepresentation + "\n"
    }

    private static func extensions(_ key: P256.Signing.PublicKey) -> [UInt8] {
        let hash = Array(Insecure.SHA1.hash(data: key.x963Representation))
        let alternatives = names.map { DER.tagged(0x82, Array($0.utf8)) } + addresses.map { DER.tagged(0x87, $0) }
        return DER.sequence(
            // Not an authority: it speaks for itself only. No word on what its key may do, for some clients would then miss the signing of certificates.
            DER.sequence(DER.identifier([2, 5, 29, 19]), DER.yes, DER.octets(DER.sequence())),
            // For servers.
            DER.sequence(DER.identifier([2, 5, 29, 37]), DER.octets(DER.sequence(DER.identifier([1, 3, 6, 1, 5, 5, 7, 3, 1])))),
            DER.sequence(DER.identifier([2, 5, 29, 14]), DER.octets(DER.octets(hash))),
            DER.sequence(DER.identifier([2, 5, 29, 17]), DER.octets(DER.tagged(0x30, alternatives.flatMap { $0 })))
        )
    }

    /// Up to 2049 the standard asks for a shorter form (RFC 5280 §4.1.2.5).
    private static func time(_ second: Int) -> [UInt8] {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        let numbers = [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
        let year = Int(parts.tm_year) + 1900
        if year >= 2050 { return DER.time("\(year)\(numbers)Z") }
        let short = year % 100
        return DER.tagged(0x17, Array("\(short < 10 ? "0" : "")\(short)\(numbers)Z".utf8))
    }

    private static func pem(_ label: String, _ bytes: [UInt8]) -> String {
        var text = "-----BEGIN \(label)-----\n"
        var rest = Base64.encode(bytes)[...]
        while !rest.isEmpty {
            text += rest.prefix(64) + "\n"
            rest = rest.dropFirst(64)
        }
        return text + "-----END \(label)-----\n"
    }
}
