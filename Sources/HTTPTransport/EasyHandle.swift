import CCurl
import Glibc

/// A curl easy handle, reset and used again: its buffers and its place in the connection pool are worth keeping.
///
/// Belongs to the transfer thread.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    /// curl writes its words on a failure here.
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    /// The first option that was refused, other than one that this libcurl is too old for.
    private(set) var refusal: CURLcode?

    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        reset()
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headers)
        errorText.deallocate()
    }

    /// Forgets the last request, its secrets and its body; called between requests, not on the way of one.
    func reset() {
        curl_easy_reset(pointer)
        curl_slist_free_all(headers)
        headers = nil
        refusal = nil
        errorText[0] = 0
        set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
    }

    /// What curl said about the failure; empty if nothing.
    var failureText: String { String(cString: errorText) }

    func set(_ option: CURLoption, _ value: Int) {
        note(ccurl_set_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: Bool) {
        note(ccurl_set_long(pointer, option, value ? 1 : 0))
    }

    /// curl copies the text.
    func set(_ option: CURLoption, _ value: String?) {
        note(ccurl_set_string(pointer, option, value))
    }

    /// curl keeps the pointer.
    func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
        note(ccurl_set_pointer(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: ccurl_data_callback?) {
        note(ccurl_set_data_callback(pointer, option, value))
    }

    func setSize(_ option: CURLoption, _ value: Int) {
        note(ccurl_set_offset(pointer, option, curl_off_t(value)))
    }

    func setSeek(_ callback: ccurl_seek_callback?) {
        note(ccurl_set_seek_callback(pointer, callback))
    }

    /// curl's own sockets are inherited by child processes: an engine that we start would hold our connections open, and
    /// nobody at the other end would notice that we closed them.
    func closeOnExec() {
        note(
            ccurl_set_socket_callback(pointer) { _, _, address in
                address.map { EasyHandle.openSocket(for: $0) } ?? CURL_SOCKET_BAD
            }
        )
    }

    static func openSocket(for address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        let kind = address.pointee
        return socket(kind.family, kind.socktype | Int32(SOCK_CLOEXEC.rawValue), kind.protocol)
    }

    /// Asks `openSocket` for each socket, with the address that it will be connected to, and `allowRequest` before each
    /// request goes out, with the address at the other end of its connection.
    ///
    /// The second, because curl takes a kept connection for a redirect even where it is told to use fresh ones, and asks
    /// nobody for a socket then.
    func guardAddresses(
        _ context: UnsafeMutableRawPointer,
        openSocket: curl_opensocket_callback?,
        allowRequest: curl_prereq_callback?
    ) {
        set(CURLOPT_OPENSOCKETDATA, context)
        demand(ccurl_set_socket_callback(pointer, openSocket))
        set(CURLOPT_PREREQDATA, context)
        demand(ccurl_set_request_callback(pointer, allowRequest))
        // Connections of others were opened under other rules, and others shall not get ours.
        set(CURLOPT_FRESH_CONNECT, true)
        set(CURLOPT_FORBID_REUSE, true)
    }

    func allowOnlyHTTP() {
        note(ccurl_allow_only_http(pointer))
    }

    /// curl copies the bytes; the body's size must have been set.
    func setBody(copying body: [UInt8]) {
        body.withUnsafeBytes { bytes in
            // An empty array has no address, and to curl "no address" is "ask the read callback".
            let start = bytes.baseAddress ?? UnsafeRawPointer(errorText)
            note(ccurl_set_bytes(pointer, CURLOPT_COPYPOSTFIELDS, start))
        }
    }

    /// Sets the header lines; they live as long as the request.
    func setHeaders(_ lines: [String]) {
        for line in lines {
            guard let longer = curl_slist_append(headers, line) else { return note(CURLE_OUT_OF_MEMORY) }
            headers = longer
        }
        note(ccurl_set_list(pointer, CURLOPT_HTTPHEADER, headers))
    }

    func time(_ info: CURLINFO) -> curl_off_t {
        var value: curl_off_t = 0
        ccurl_get_offset(pointer, info, &value)
        return value
    }

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        ccurl_get_long(pointer, info, &value)
        return value
    }

    /// For what must not be left out, however old libcurl is.
    private func demand(_ code: CURLcode) {
        if code != CURLE_OK, refusal == nil { refusal = code }
    }

    private func note(_ code: CURLcode) {
        // The image may bring a libcurl as old as 7.81; what it does not know it does not do either.
        guard code != CURLE_OK, code != CURLE_UNKNOWN_OPTION, code != CURLE_NOT_BUILT_IN, refusal == nil else { return }
        refusal = code
    }
}
