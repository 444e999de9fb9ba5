extension JSON {
    /// The members of an object, in order.
    ///
    /// A name may occur more than once: all occurrences are kept and written, and a look-up finds the last. Names are
    /// compared as Swift compares strings. A look-up and a set walk the members, of which requests have a
    /// dozen: to use thousands, iterate; to build thousands, use `init(_:)`.
    public struct Object: Sendable, Hashable {
        var members: [Member]

        struct Member: Sendable, Hashable {
            let key: String
            var value: JSON
        }

        /// No members.
        public init() {
            members = []
        }

        /// These members in this order, duplicates included.
        public init(_ members: some Sequence<(key: String, value: JSON)>) {
            self.members = members.map { Member(key: $0.key, value: $0.value) }
        }

        init(members: [Member]) {
            self.members = members
        }

        /// The value of the last member of that name.
        ///
        /// Setting leaves exactly one member of that name: the last, in its place, or a new one at the end. Setting nil
        /// removes every one.
        public subscript(key: String) -> JSON? {
            get {
                members.last { $0.key == key }?.value
            }
            set {
                guard let last = members.lastIndex(where: { $0.key == key }) else {
                    if let newValue { members.append(Member(key: key, value: newValue)) }
                    return
                }
                if let newValue { members[last].value = newValue }
                removeAll(key, keeping: newValue == nil ? nil : last)
            }
        }

        /// One pass, however many there are: a hostile input may repeat one name 100,000 times.
        private mutating func removeAll(_ key: String, keeping kept: Int?) {
            var end = 0
            for index in members.indices where index == kept || members[index].key != key {
                members.swapAt(end, index)
                end += 1
            }
            members.removeSubrange(end...)
        }
    }
}

extension JSON.Object: RandomAccessCollection {
    /// Zero, the place of the first member.
    public var startIndex: Int { 0 }

    /// The number of members, duplicates included.
    public var endIndex: Int { members.count }

    /// The member at that place, which must exist.
    public subscript(position: Int) -> (key: String, value: JSON) {
        let member = members[position]
        return (member.key, member.value)
    }
}
