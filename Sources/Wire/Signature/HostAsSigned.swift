extension WireRequest {
    /// The request as it would stand if its host had been written otherwise: without its port, or with the port that its scheme implies.
    /// Some signers write the host one way and send it the other.
    var withOtherHosts: [(host: String, request: WireRequest)] {
        guard let host = headers["host"] else { return [] }
        let bare = host.last.map { $0 == "]" } == true ? Substring(host) : host[..<(host.lastIndex(of: ":") ?? host.endIndex)]
        let others = bare.utf8.count < host.utf8.count ? [String(bare)] : ["\(host):80", "\(host):443"]
        return others.map { other in
            var request = self
            for index in request.headers.fields.indices where request.headers.fields[index].name == "host" {
                request.headers.fields[index].value = other
            }
            return (other, request)
        }
    }
}
