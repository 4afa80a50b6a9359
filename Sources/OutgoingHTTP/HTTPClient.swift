import CLibCurl
import Dispatch
import Synchronization

/// libcurl, driven by one thread for as long as requests are under way. Who has nothing to send has no thread, and libcurl is not loaded.
///
/// Redirects are not followed, answers are not decompressed, and nothing but http and https is spoken.
package final class HTTPClient: HTTPSender {
    /// What is under way at once; more is refused, so that requests that come back to their own server end.
    static let maximumTransfers = 512
    /// Bytes of bodies, sent and received, that are held at once.
    static let maximumBytes = 256 << 20

    /// libcurl's own, which may be woken from any thread and is otherwise touched by the one that drives it.
    private struct Multi: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    private struct State {
        var multi: Multi?
        var isDriven = false
        /// Handed in, and not yet seen by the thread.
        var waiting: [Transfer] = []
        var count = 0
    }

    private let state = Mutex(State())
    private let held = HeldBytes(maximum: HTTPClient.maximumBytes)
    private let queue = DispatchQueue(label: "http-client")

    package init() {}

    package func send(_ request: OutgoingRequest, completion: @escaping @Sendable (Result<OutgoingResponse, OutgoingFailure>) -> Void) {
        guard let transfer = Transfer(request, held, completion) else { return completion(.failure(.failed("other requests hold all the memory"))) }
        let isTaken = state.withLock { state in
            guard state.count < Self.maximumTransfers else { return false }
            state.count += 1
            state.waiting.append(transfer)
            if !state.isDriven {
                state.isDriven = true
                queue.async { [self] in drive() }
            } else if let multi = state.multi {
                _ = loaded_multi_wakeup(multi.pointer)
            }
            return true
        }
        if !isTaken { completion(.failure(.failed("\(Self.maximumTransfers) requests are under way"))) }
    }

    /// Runs the transfers until there are none.
    private func drive() {
        var open: [UnsafeMutableRawPointer: Transfer] = [:]
        let (multi, fault) = handle()
        while true {
            let new = state.withLock { state -> [Transfer]? in
                if state.waiting.isEmpty, open.isEmpty {
                    state.isDriven = false
                    return nil
                }
                defer { state.waiting = [] }
                return state.waiting
            }
            guard let new else { return }
            guard let multi else {
                for transfer in new { end(transfer, .failure(.failed(fault))) }
                continue
            }
            for transfer in new { begin(transfer, multi, &open) }
            var running: CInt = 0
            var isWell = loaded_multi_perform(multi, &running) == CURLM_OK
            var code = CURLE_OK
            while let easy = loaded_multi_ended(multi, &code) {
                let result = open.removeValue(forKey: easy).map { ($0, $0.result(of: easy, code)) }
                _ = loaded_multi_remove(multi, easy)
                loaded_easy_cleanup(easy)
                if let (transfer, result) = result { end(transfer, result) }
            }
            // Each transfer has a time limit, which libcurl looks at itself.
            if !open.isEmpty { isWell = loaded_multi_poll(multi, 60_000) == CURLM_OK && isWell }
            guard !isWell else { continue }
            for (easy, transfer) in open {
                _ = loaded_multi_remove(multi, easy)
                loaded_easy_cleanup(easy)
                end(transfer, .failure(.failed("libcurl cannot go on")))
            }
            open = [:]
        }
    }

    /// Loads libcurl with the first request, or says why it cannot be had.
    private func handle() -> (UnsafeMutableRawPointer?, fault: String) {
        if let fault = loaded_curl() { return (nil, String(cString: fault)) }
        return state.withLock { state in
            if state.multi == nil {
                state.multi = loaded_multi_init().map { Multi(pointer: $0) }
                if let multi = state.multi { _ = loaded_multi_set_number(multi.pointer, CURLMOPT_MAXCONNECTS, 64) }
            }
            return (state.multi?.pointer, "libcurl has no memory")
        }
    }

    private func begin(_ transfer: Transfer, _ multi: UnsafeMutableRawPointer, _ open: inout [UnsafeMutableRawPointer: Transfer]) {
        guard let easy = loaded_easy_init() else { return end(transfer, .failure(.failed("libcurl has no memory"))) }
        guard transfer.prepare(easy), loaded_multi_add(multi, easy) == CURLM_OK else {
            loaded_easy_cleanup(easy)
            return end(transfer, .failure(.failed("libcurl does not take the request")))
        }
        open[easy] = transfer
    }

    private func end(_ transfer: Transfer, _ result: Result<OutgoingResponse, OutgoingFailure>) {
        state.withLock { $0.count -= 1 }
        // What is made of an answer may take its time; the others go on meanwhile.
        DispatchQueue.global().async { transfer.completion(result) }
    }
}
