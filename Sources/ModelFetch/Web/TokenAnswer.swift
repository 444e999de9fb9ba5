import JSON

/// What a token server gives: `{"token": "…"}`, or `access_token` as OAuth has it.
enum TokenAnswer {
    /// Nil for anything that no header could hold.
    static func token(in bytes: [UInt8]) -> String? {
        guard let json = try? JSON(parsing: bytes, maximumDepth: 16),
            let token = json["token"]?.string ?? json["access_token"]?.string,
            !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return token
    }
}
