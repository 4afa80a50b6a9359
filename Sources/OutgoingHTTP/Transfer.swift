import CLibCurl

/// One request under way: what libcurl reads of it, and what has come of the answer. Touched by the thread that drives libcurl alone.
final class Transfer: @unchecked Sendable {
    /// Of the lines of an answer's head together.
    private static let maximumHead = 256 << 10

    let completion: @Sendable (Result<OutgoingResponse, OutgoingFailure>) -> Void
    /// Without its body, which stands in `body`.
    private let request: OutgoingRequest
    private let body: UnsafeMutableRawBufferPointer
    private let held: HeldBytes
    private var heldCount: Int
    private var fields: UnsafeMutablePointer<curl_slist>?
    private var headers: [(name: String, value: String)] = []
    private var headLength = 0
    /// What comes after it are trailers.
    private var isHeadOver = false
    private var answer: [UInt8] = []
    private var isTooLarge = false
    private var isOutOfMemory = false

    /// Nil when there is no room for its body.
    init?(
        _ request: OutgoingRequest,
        _ held: HeldBytes,
        _ completion: @escaping @Sendable (Result<OutgoingResponse, OutgoingFailure>) -> Void
    ) {
        guard held.take(request.body.count) else { return nil }
        self.held = held
        heldCount = request.body.count
        var bare = request
        bare.body = []
        self.request = bare
        self.completion = completion
        // libcurl reads it where it stands, until the end.
        body = UnsafeMutableRawBufferPointer.allocate(byteCount: request.body.count, alignment: 1)
        body.copyBytes(from: request.body)
    }

    deinit {
        // libcurl is there when there are any.
        if fields != nil { loaded_slist_free_all(fields) }
        body.deallocate()
        held.give(back: heldCount)
    }

    /// Tells libcurl what to send.
    /// - Returns: whether it takes all of it.
    func prepare(_ easy: UnsafeMutableRawPointer) -> Bool {
        guard hasNoControls(request.method), hasNoControls(request.url) else { return false }
        // Without these libcurl would add its own, or wait for a 100 Continue.
        var lines = ["Expect:"]
        for name in ["Accept", "User-Agent", "Content-Type"] where !request.headers.contains(where: { $0.name.lowercased() == name.lowercased() }) {
            lines.append(name + ":")
        }
        for header in request.headers {
            guard hasNoControls(header.name), !header.name.contains(":"), hasNoControls(header.value.replacing("\t", with: " ")) else { return false }
            // A name with a colon and nothing behind it would take the header away.
            lines.append(header.value.allSatisfy { $0 == " " || $0 == "\t" } ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        for line in lines {
            guard let longer = loaded_slist_append(fields, line) else { return false }
            fields = longer
        }
        let own = Unmanaged.passUnretained(self).toOpaque()
        var codes = [
            loaded_easy_restrict(easy), loaded_set_pointer(easy, CURLOPT_URL, request.url),
            loaded_set_pointer(easy, CURLOPT_HTTPHEADER, fields),
            loaded_set_number(easy, CURLOPT_TIMEOUT_MS, max(request.timeoutMilliseconds, 1)),
            // A path is sent as it was given, with its dots.
            loaded_set_number(easy, CURLOPT_PATH_AS_IS, 1),
            loaded_set_receiver(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, own in Transfer.receive(bytes, size, count, own, isHead: false) },
            loaded_set_pointer(easy, CURLOPT_WRITEDATA, own),
            loaded_set_receiver(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, own in Transfer.receive(bytes, size, count, own, isHead: true) },
            loaded_set_pointer(easy, CURLOPT_HEADERDATA, own),
        ]
        // A proxy of the environment is for what is far away.
        if isLoopback {
            codes.append(loaded_set_pointer(easy, CURLOPT_PROXY, ""))
            if request.trustsThisMachine {
                codes += [loaded_set_number(easy, CURLOPT_SSL_VERIFYPEER, 0), loaded_set_number(easy, CURLOPT_SSL_VERIFYHOST, 0)]
            }
        }
        if request.method == "HEAD" {
            codes.append(loaded_set_number(easy, CURLOPT_NOBODY, 1))
        } else {
            if !body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
                codes.append(loaded_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
                codes.append(loaded_set_pointer(easy, CURLOPT_POSTFIELDS, body.baseAddress ?? UnsafeMutableRawPointer(own)))
            }
            codes.append(loaded_set_pointer(easy, CURLOPT_CUSTOMREQUEST, request.method))
        }
        return codes.allSatisfy { $0 == CURLE_OK }
    }

    private var isLoopback: Bool {
        guard let scheme = request.url.firstRange(of: "://") else { return false }
        let authority = request.url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        if authority.hasPrefix("[::1]") { return true }
        let host = authority.prefix { $0 != ":" }.lowercased()
        return host == "localhost" || host.hasSuffix(".localhost") || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    private func hasNoControls(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }

    private static func receive(
        _ bytes: UnsafeMutablePointer<CChar>?,
        _ size: Int,
        _ count: Int,
        _ own: UnsafeMutableRawPointer?,
        isHead: Bool
    ) -> Int {
        guard let own, let bytes else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(own).takeUnretainedValue()
        let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
        // Less than what was offered ends the transfer.
        return (isHead ? transfer.takeHead(piece) : transfer.takeBody(piece)) ? piece.count : piece.count &+ 1
    }

    private func takeHead(_ line: UnsafeRawBufferPointer) -> Bool {
        headLength += line.count
        guard headLength <= Self.maximumHead else {
            isTooLarge = true
            return false
        }
        // Each head begins anew, so that what a 100 Continue says is not taken for the answer's.
        if line.starts(with: Array("HTTP/".utf8)) {
            (headers, isHeadOver) = ([], false)
            return true
        }
        if line.allSatisfy({ $0 <= 0x20 }) { isHeadOver = true }
        guard !isHeadOver else { return true }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
        let end = value.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? value.startIndex
        headers.append((String(decoding: line[..<colon], as: UTF8.self).lowercased(), String(decoding: value[..<end], as: UTF8.self)))
        return true
    }

    private func takeBody(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard answer.count + piece.count <= request.maximumBody else {
            isTooLarge = true
            return false
        }
        guard held.take(piece.count) else {
            isOutOfMemory = true
            return false
        }
        heldCount += piece.count
        answer.append(contentsOf: piece)
        return true
    }

    /// What has become of it.
    func result(of easy: UnsafeMutableRawPointer, _ code: CURLcode) -> Result<OutgoingResponse, OutgoingFailure> {
        if isTooLarge { return .failure(.tooLarge) }
        if isOutOfMemory { return .failure(.failed("other requests hold all the memory")) }
        guard code == CURLE_OK else {
            if code == CURLE_OPERATION_TIMEDOUT { return .failure(.timedOut) }
            return .failure(.failed(String(cString: loaded_easy_strerror(code))))
        }
        var status = 0
        _ = loaded_get_number(easy, CURLINFO_RESPONSE_CODE, &status)
        return .success(OutgoingResponse(status: status, headers: headers, body: answer))
    }
}
