import Testing

@testable import HTTPTransport

@Suite("Public addresses and others")
struct AddressTests {
    @Test(
        "what is not of the public Internet is refused, at both ends of its block",
        arguments: [
            "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.100.100.200",
            "100.127.255.255",
            "127.0.0.0", "127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.0.0", "169.254.169.254",
            "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.192", "192.0.0.255", "192.0.2.0",
            "192.0.2.255", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255",
            "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255",
            "240.0.0.0", "255.255.255.254", "255.255.255.255",
            "::", "::1", "::2", "::7f00:1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:169.254.169.254",
            "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b::10.1.2.3", "64:ff9b:1::8.8.8.8", "100::1",
            "1fff::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:1ff:ffff::1", "2001:db8::",
            "2001:db8:ffff::1", "2002::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "3fff:fff::1", "4000::1",
            "5f00::1", "fc00::", "fd00:ec2::254", "fdff:ffff::", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1",
            "ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ]
    )
    func notPublic(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(PublicAddress.objection(to: address) != nil)
    }

    @Test(
        "the neighbours of refused blocks pass",
        arguments: [
            "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
            "126.255.255.255", "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0",
            "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0",
            "223.255.255.255", "2000::", "2001:200::1", "2001:db7:ffff::1", "2001:db9::1", "2003::1",
            "2606:4700:4700::1111", "2a00:1450:4001:82a::200e", "3ffe:ffff::1", "3fff:1000::1", "64:ff9b::8.8.8.8",
        ]
    )
    func isPublic(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(PublicAddress.objection(to: address) == nil)
    }

    @Test("the objection says what kind of address it is")
    func words() throws {
        let metadata = PublicAddress.objection(to: try #require(IPAddress("169.254.169.254")))
        #expect(metadata == "a link-local address (169.254.0.0/16)")
        let embedded = PublicAddress.objection(to: try #require(IPAddress("64:ff9b::127.0.0.1")))
        #expect(embedded == "a loopback address (127.0.0.0/8)")
    }

    @Test("every block in the table is one: none is dropped for a slip of the pen")
    func table() {
        let blocks = PublicAddress.special.flatMap(\.value)
        #expect(blocks.allSatisfy { AddressBlock($0) != nil })
        #expect(blocks.count > 25)
    }

    @Test(
        "a block has what begins with its bits, of its own family only",
        arguments: [
            ("0.0.0.0/0", "255.1.2.3", true), ("0.0.0.0/0", "::", false), ("::/0", "ffff::", true),
            ("::/0", "1.2.3.4", false), ("1.2.3.4/32", "1.2.3.4", true), ("1.2.3.4/32", "1.2.3.5", false),
            ("128.0.0.0/1", "127.255.255.255", false), ("::1/128", "::1", true), ("::1/128", "::", false),
        ]
    )
    func blocks(block: String, address: String, isInside: Bool) throws {
        let address = try #require(IPAddress(address))
        #expect(AddressBlock(block)?.contains(address) == isInside)
    }

    @Test(
        "what is no block is none",
        arguments: ["", "1.2.3.4", "1.2.3.4/33", "1.2.3.4/-1", "::/129", "x/8", "1.2.3/8"]
    )
    func noBlock(text: String) {
        #expect(AddressBlock(text) == nil)
    }

    @Test(
        "only the plain notation is read",
        arguments: ["", "localhost", "0x7f.1", "2130706433", "127.1", "127.0.0.1:80"]
    )
    func notations(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("one refused address stands for the whole name")
    func condemned() throws {
        #expect(AddressGuard(.any) == nil)
        var addresses = try #require(AddressGuard(.publicOnly))
        let (good, bad) = (try #require(IPAddress("8.8.8.8")), try #require(IPAddress("127.0.0.1")))
        let first = addresses.admits(good)
        let second = addresses.admits(bad)
        let third = addresses.admits(good)
        #expect((first, second, third) == (true, false, false))
        #expect(addresses.refusal == "a loopback address (127.0.0.0/8)")
    }

    @Test("what is no address of the Internet is refused under any rule that refuses something")
    func foreignFamily() throws {
        var addresses = try #require(AddressGuard(AddressRule { _ in nil }))
        let isAdmitted = addresses.admits(nil)
        #expect(!isAdmitted)
    }
}
