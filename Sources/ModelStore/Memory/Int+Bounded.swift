extension Int {
    /// More bytes than any machine has, and few enough that the sum over all layers of all models fits.
    private static let most = 1 << 46

    /// The product of numbers that are not negative, or 64 TiB if it is larger: a header may claim any sizes, and what it
    /// claims must not end the worker that reads it.
    static func bounded(_ factors: Int...) -> Int {
        factors.reduce(1) { product, factor in
            let (next, overflows) = product.multipliedReportingOverflow(by: factor)
            return overflows ? most : Swift.min(next, most)
        }
    }
}
