import CCurl

/// One request on its way through curl. Lives on the transfer thread; the only Swift object that curl points to.
///
/// curl holds unretained pointers to the transfer from `init` to `handle.reset()`; `TransferLoop` holds the transfer
/// strongly for as long, and takes the handle out of the multi before.
final class Transfer {
    let exchange: any Exchange
    let handle: EasyHandle
    private var head: HeadParser
    private let maximumHeadBytes: Int
    private(set) var idle: IdleWatch?
    /// Bytes of a large body that curl has read.
    private var sent = 0
    /// Why we ended it, if we did; curl itself only knows that a callback said stop.
    private var ownReason: HTTPError?
    private var addresses: AddressGuard?
    private let mayBeProxied: Bool
    private var hasHeardNothing = true
    private var isSecondTry = false

    init(_ exchange: any Exchange, on handle: EasyHandle, _ settings: TransferSettings) {
        self.exchange = exchange
        self.handle = handle
        let request = exchange.request
        head = HeadParser(maximumBytes: settings.maximumHeadBytes, followsRedirects: request.followsRedirects)
        maximumHeadBytes = settings.maximumHeadBytes
        idle = request.idleTimeout.map { IdleWatch(limit: $0, start: .now) }
        addresses = AddressGuard(request.addresses)
        mayBeProxied = request.takesProxy && settings.proxies.proxy(for: exchange.origin) != nil
        handle.configure(request, to: exchange.origin, settings)
        connectCallbacks()
        connectGuard()
    }

    /// The transfer that a handle was last given to.
    static func of(_ handle: UnsafeMutableRawPointer) -> Transfer? {
        var context: UnsafeMutableRawPointer?
        ccurl_get_private(handle, &context)
        return context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func connectCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        handle.set(CURLOPT_PRIVATE, context)
        handle.set(CURLOPT_HEADERDATA, context)
        handle.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            Transfer.from(context)?.receiveHeadLine(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        handle.set(CURLOPT_WRITEDATA, context)
        handle.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            Transfer.from(context)?.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        handle.set(CURLOPT_READDATA, context)
        handle.set(CURLOPT_READFUNCTION) { bytes, size, count, context in
            Transfer.from(context)?.fill(UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        handle.set(CURLOPT_SEEKDATA, context)
        handle.setSeek { context, offset, origin in
            Transfer.from(context)?.seek(to: Int(offset), from: origin) ?? CURL_SEEKFUNC_FAIL
        }
    }

    private func connectGuard() {
        guard addresses != nil else { return }
        handle.guardAddresses(
            Unmanaged.passUnretained(self).toOpaque(),
            openSocket: { context, _, address in
                guard let address, let transfer = Transfer.from(context) else { return CURL_SOCKET_BAD }
                return transfer.openSocket(for: address)
            },
            allowRequest: { context, peer, _, _, _ in
                let address = peer.flatMap { IPAddress(String(cString: $0)) }
                return Transfer.from(context)?.addresses?.admits(address) == true
                    ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            }
        )
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: What curl calls

    private func openSocket(for address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        // The field is declared shorter than what lies there.
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return CURL_SOCKET_BAD }
        let peer = UnsafeRawPointer(address).advanced(by: offset).assumingMemoryBound(to: sockaddr.self)
        guard addresses?.admits(IPAddress(peer)) == true else { return CURL_SOCKET_BAD }
        return EasyHandle.openSocket(for: address)
    }

    private func receiveHeadLine(_ line: UnsafeRawBufferPointer) -> Int {
        idle?.received(at: .now)
        hasHeardNothing = false
        switch head.line(line) {
        case .more: break
        case .complete(let head): exchange.receive(head)
        case .tooLarge:
            ownReason = .tooLarge(head: maximumHeadBytes, from: exchange.origin)
            return 0
        }
        return line.count
    }

    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let head = head.settle() { exchange.receive(head) }
        switch exchange.receive(bytes) {
        case .taken:
            idle?.received(at: .now)
            return bytes.count
        case .full:
            idle?.pause()
            return Int(CURL_WRITEFUNC_PAUSE)
        case .unwanted:
            ownReason = .cancelled(exchange.origin)
            return 0
        }
    }

    private func fill(_ space: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = exchange.request.body else { return 0 }
        let count = min(space.count, body.count - sent)
        space.copyBytes(from: body[sent..<(sent + count)])
        sent += count
        return count
    }

    /// curl begins the body again where a kept connection turned out to be dead, or after a redirect.
    private func seek(to offset: Int, from origin: Int32) -> Int32 {
        guard origin == SEEK_SET, let body = exchange.request.body, (0...body.count).contains(offset) else {
            return CURL_SEEKFUNC_FAIL
        }
        sent = offset
        return CURL_SEEKFUNC_OK
    }

    // MARK: What the loop calls

    /// Lets curl hand over more of the body; it may do so before this returns.
    func resume() {
        idle?.resume(at: .now)
        curl_easy_pause(handle.pointer, CURLPAUSE_CONT)
    }

    /// Whether the exchange has been silent for too long.
    func isIdle(at now: ContinuousClock.Instant) -> Bool {
        idle?.hasExpired(at: now, bytesSent: Int64(handle.time(CURLINFO_SIZE_UPLOAD_T))) ?? false
    }

    /// Whether to send the request again, once: it met a kept connection in the moment in which that ended.
    ///
    /// curl does so itself for HTTP/1.1 as long as the request fits one packet. It does not where the end comes in the
    /// middle of a larger body, nor for HTTP/2, which servers end as a matter of course (for example after 1,000 requests;
    /// curl 7.88 then fails the next one with an "error in the framing layer").
    func shallTryAgain(after code: CURLcode) -> Bool {
        let isEndOfConnection = code == CURLE_HTTP2 || code == CURLE_SEND_ERROR
        let isKeptConnection = handle.number(CURLINFO_NUM_CONNECTS) == 0
        guard isEndOfConnection, isKeptConnection, hasHeardNothing, !isSecondTry else { return false }
        isSecondTry = true
        sent = 0
        return true
    }

    /// curl is done with it, one way or the other.
    func finish(_ code: CURLcode) {
        guard code != CURLE_OK else {
            if let head = head.settle() { exchange.receive(head) }
            return exchange.finish(nil)
        }
        let forbidden = addresses?.refusal.map { HTTPError.forbidden($0, exchange.origin) }
        exchange.finish(ownReason ?? forbidden ?? HTTPError(failure(code)))
    }

    private func failure(_ code: CURLcode) -> CurlFailure {
        CurlFailure(
            code: code,
            phase: phase,
            text: handle.failureText,
            systemError: Int32(truncatingIfNeeded: handle.number(CURLINFO_OS_ERRNO)),
            request: exchange.request,
            origin: exchange.origin,
            mayBeProxied: mayBeProxied
        )
    }

    private var phase: CurlFailure.Phase {
        if handle.time(CURLINFO_PRETRANSFER_TIME_T) > 0 { return .exchanging }
        return handle.time(CURLINFO_NAMELOOKUP_TIME_T) > 0 ? .connecting : .resolving
    }
}
