/// Holds one request to its rule, at each of its connections.
struct AddressGuard {
    private let objection: AddressRule.Objection
    /// What kind of address was refused, if one was.
    private(set) var refusal: String?

    /// `nil` if the rule refuses nothing.
    init?(_ rule: AddressRule) {
        guard let objection = rule.objection else { return nil }
        self.objection = objection
    }

    /// Whether the request may go there. One refusal stands for all that follow: a name that has a public address beside
    /// a private one is a trap, and shall not succeed by the luck of which is tried first.
    ///
    /// - Parameter address: `nil`: not an address of the Internet
    mutating func admits(_ address: IPAddress?) -> Bool {
        guard refusal == nil else { return false }
        if let address { refusal = objection(address) } else { refusal = "not an address of the Internet" }
        return refusal == nil
    }
}
