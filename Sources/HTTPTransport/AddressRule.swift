/// Which addresses a request may go to.
///
/// The rule is held against the very address that a socket is about to be connected to, after the name was resolved, and
/// again for each redirect: between the check and the use there is no moment in which a name could change its meaning,
/// and no notation of an address that could be misread.
public struct AddressRule: Sendable {
    /// Says what kind of address it is, if it is not allowed: `a loopback address (127.0.0.0/8)`.
    typealias Objection = @Sendable (IPAddress) -> String?

    /// `nil`: nobody asks.
    let objection: Objection?

    init(objection: Objection?) {
        self.objection = objection
    }

    /// Wherever the URL leads: for URLs of the operator's own.
    public static let any = AddressRule(objection: nil)

    /// Only to addresses of the public Internet: for URLs that a stranger has chosen.
    ///
    /// Loopback, private networks, link-local (the metadata services of clouds) and all that is reserved are refused with
    /// code ``HTTPError/Code/forbiddenAddress``, and so are credentials in the URL. No proxy is used, because then the
    /// proxy would do the resolving, and no connection that another request has opened.
    public static let publicOnly = AddressRule(objection: PublicAddress.objection(to:))

    /// Whether some addresses are refused.
    var isGuarding: Bool { objection != nil }
}
