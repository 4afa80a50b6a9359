import ServiceKit

/// What `--quotas` says: `aws`, `off`, or a file.
enum QuotaFile {
    static func quotas(_ text: String) throws(OptionFault) -> Quotas {
        if text == "aws" { return .aws }
        if text == "off" { return .off }
        let bytes = try SmallFile.read(text, what: "quotas file")
        do throws(Quotas.Fault) {
            return try Quotas(bytes)
        } catch {
            throw OptionFault("The quotas file \(text) is wrong: \(error.reason).")
        }
    }
}
