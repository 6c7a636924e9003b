internal import CPostgres
internal import HakobiCore

/// The client library, which a process has from its first use on; most processes have none.
enum Libpq {
    /// To be asked before libpq is called for the first time. Throws one sentence where there is none, or one too old.
    static func require(for operation: String) throws(StoreError) {
        guard let words = hakobi_libpq_trouble() else { return }
        throw StoreError(
            .unreachable, operation: operation,
            "\(operation): PostgreSQL needs libpq 14 or newer on this host (\(String(cString: words))): install it, on "
                + "Debian with \"apt install libpq5\"", isTransient: false)
    }
}
