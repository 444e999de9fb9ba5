import CCurl

/// The one thread that touches curl: takes commands, drives all transfers, sleeps until there is something to do.
///
/// `curl_multi_poll` over `curl_multi_socket_action`: at tens of transfers the latter buys nothing and costs a timer heap.
final class TransferLoop {
    /// Kept for later requests; each holds about 20 KB.
    private static let maximumSpareHandles = 16
    private static let initialised: CURLcode = curl_global_init(Int(CURL_GLOBAL_ALL))

    private let commands: CommandQueue
    private let multi: UnsafeMutableRawPointer
    private let settings: TransferSettings
    private var transfers: [ObjectIdentifier: Transfer] = [:]
    private var spareHandles: [EasyHandle] = []

    private init?(_ commands: CommandQueue, _ configuration: HTTPClient.Configuration) {
        guard Self.initialised == CURLE_OK, let multi = curl_multi_init() else { return nil }
        self.commands = commands
        self.multi = multi
        settings = TransferSettings(
            userAgent: configuration.userAgent,
            maximumHeadBytes: configuration.maximumHeadBytes,
            trust: .choose(environment: configuration.environment, isHashedDirectory: TrustStore.isHashedDirectory),
            proxies: ProxyRules(environment: configuration.environment)
        )
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maximumConnections)
        commands.attach(multi)
    }

    /// Drives transfers until the queue is closed. Blocks; for a thread of its own.
    static func run(_ commands: CommandQueue, _ configuration: HTTPClient.Configuration) {
        guard let loop = TransferLoop(commands, configuration) else {
            commands.close(HTTPError(.cancelled, "libcurl could not be initialised: out of memory or descriptors"))
            return failAll(commands.detach())
        }
        loop.run()
    }

    private func run() {
        while let commands = commands.takeAll() {
            commands.forEach(obey)
            perform()
            endIdle()
            if transfers.isEmpty, self.commands.closeIfRetired() { break }
            curl_multi_poll(multi, nil, 0, timeToNextDeadline(), nil)
        }
        end()
    }

    private func obey(_ command: Command) {
        switch command {
        case .add(let exchange): begin(exchange)
        case .cancel(let exchange):
            if let transfer = transfers[ObjectIdentifier(exchange)] { remove(transfer) }
        case .resume(let exchange): transfers[ObjectIdentifier(exchange)]?.resume()
        }
    }

    private func begin(_ exchange: any Exchange) {
        guard !exchange.isAbandoned else { return }
        guard let handle = spareHandles.popLast() ?? EasyHandle() else {
            return exchange.finish(HTTPError(.couldNotConnect, "no memory for a request to \(exchange.origin)"))
        }
        let transfer = Transfer(exchange, on: handle, settings)
        if let refusal = handle.refusal { return exchange.finish(.refused(refusal, exchange.origin)) }
        guard curl_multi_add_handle(multi, handle.pointer) == CURLM_OK else {
            return exchange.finish(.refused(CURLE_OUT_OF_MEMORY, exchange.origin))
        }
        transfers[ObjectIdentifier(exchange)] = transfer
    }

    private func perform() {
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let transfer = Transfer.of(message.pointee.easy_handle) else {
                continue
            }
            // Read first: the message is gone with the handle.
            let result = ccurl_message_result(message)
            if transfer.shallTryAgain(after: result) {
                curl_multi_remove_handle(multi, transfer.handle.pointer)
                curl_multi_add_handle(multi, transfer.handle.pointer)
            } else {
                transfer.finish(result)
                remove(transfer)
            }
        }
    }

    /// Takes the transfer out of curl, which closes its connection unless the answer is complete.
    private func remove(_ transfer: Transfer) {
        curl_multi_remove_handle(multi, transfer.handle.pointer)
        transfers[ObjectIdentifier(transfer.exchange)] = nil
        transfer.handle.reset()
        if spareHandles.count < Self.maximumSpareHandles { spareHandles.append(transfer.handle) }
    }

    private func endIdle() {
        guard transfers.values.contains(where: { $0.idle != nil }) else { return }
        let now = ContinuousClock.now
        for transfer in transfers.values where transfer.isIdle(at: now) {
            transfer.exchange.finish(.idle(transfer.idle?.limit ?? .zero, transfer.exchange.origin))
            remove(transfer)
        }
    }

    /// Milliseconds for the poll; curl shortens it by its own timers, a wake-up ends it.
    private func timeToNextDeadline() -> Int32 {
        guard let next = transfers.values.lazy.compactMap({ $0.idle?.deadline }).min() else { return .max }
        return Int32((next - .now).curlMilliseconds)
    }

    private func end() {
        let (reason, left) = commands.detach()
        for transfer in transfers.values {
            curl_multi_remove_handle(multi, transfer.handle.pointer)
            transfer.exchange.finish(reason)
        }
        transfers = [:]
        spareHandles = []
        curl_multi_cleanup(multi)
        Self.failAll((reason, left))
    }

    private static func failAll(_ end: (reason: HTTPError, left: [Command])) {
        for case .add(let exchange) in end.left { exchange.finish(end.reason) }
    }
}
