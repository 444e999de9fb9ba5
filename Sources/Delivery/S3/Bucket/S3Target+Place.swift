extension S3Target {
    /// Where a bucket is found: at which host, behind which path segments.
    struct Place {
        var bucket: String
        var authority: String
        var segments: [String]
    }

    /// Decides between the endpoint's word and the name that was given, and between virtual-host and path style.
    static func place(
        of name: String?,
        at endpoint: S3Endpoint,
        _ host: S3HostName,
        _ fields: S3Fields,
        _ now: S3Time
    ) throws(S3TargetError) -> Place {
        guard let name else { return try place(at: endpoint, host, fields, now) }
        var place = Place(bucket: name, authority: endpoint.authority, segments: endpoint.segments)
        if isInHost(name, endpoint.host, host) { return place }
        if endpoint.segments.last == name { return place }
        guard !host.isAmazon else {
            if let other = host.bucket {
                throw S3TargetError(
                    "\(fields.endpoint) has the bucket \(other) in its host, and \(fields.bucket) is another: keep one"
                )
            }
            return beforeHost(place)
        }
        place.segments.append(name)
        return place
    }

    /// Of an unknown host's labels the first is the bucket only if a host is left without it: the bucket `storage` at
    /// `storage.googleapis.com` is in the path.
    private static func isInHost(_ name: String, _ text: Substring, _ host: S3HostName) -> Bool {
        let name = name.lowercased()
        return host.bucket == name
            || text.hasPrefix("\(name).") && text.dropFirst(name.count + 1).split(separator: ".").count > 2
    }

    /// Without a name: the host's first part, the path, or the bucket of the month.
    private static func place(
        at endpoint: S3Endpoint,
        _ host: S3HostName,
        _ fields: S3Fields,
        _ now: S3Time
    ) throws(S3TargetError) -> Place {
        var place = Place(bucket: "", authority: endpoint.authority, segments: endpoint.segments)
        if let bucket = host.bucket {
            place.bucket = bucket
            return place
        }
        guard endpoint.segments.count <= 1 else {
            throw S3TargetError(
                "the path in \(fields.endpoint) has several parts: say which bucket in \(fields.bucket)"
            )
        }
        place.bucket = endpoint.segments.first ?? now.monthAndYear
        place.segments = []
        if host.isAmazon { return beforeHost(place) }
        place.segments = [place.bucket]
        return place
    }

    /// Virtual-host style where a certificate for `*.s3.…` covers the name: without dots and capitals.
    private static func beforeHost(_ place: Place) -> Place {
        let isLabel = place.bucket.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        var place = place
        if isLabel {
            place.authority = "\(place.bucket).\(place.authority)"
        } else {
            place.segments.append(place.bucket)
        }
        return place
    }

    /// The rule for names, with the capitals and underscores of old buckets.
    static func isBucket(_ name: String) -> Bool {
        (3...63).contains(name.utf8.count) && name.utf8.allSatisfy { S3Encoding.isUnreserved($0) && $0 != 0x7E }
            && name.first != "." && name.first != "-" && name.last != "." && name.last != "-" && !name.contains("..")
    }
}
