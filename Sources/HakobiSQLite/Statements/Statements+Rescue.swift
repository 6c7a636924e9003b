/// Leases that nobody keeps any more.
extension Statements {
    var rescueText: String {
        switch self {
        // Small: prune removes who holds nothing.
        case .leaseOwners: "SELECT owner, boot FROM hakobi_owner"
        // Index hakobi_job_running: a range of one owner. A lease written by another boot of this host is over.
        case .expiredOf:
            """
            SELECT job_row, id, lane, due, attempt, failures, crashes, flags, claimed, lease_until
            FROM hakobi_job INDEXED BY hakobi_job_running
            WHERE state = 2 AND owner = ?1 AND lease_until <= ?2 ORDER BY lease_until, job_row LIMIT ?3
            """
        default:  // leasesOf
            """
            SELECT job_row, id, lane, due, attempt, failures, crashes, flags, claimed, lease_until
            FROM hakobi_job INDEXED BY hakobi_job_running
            WHERE state = 2 AND owner = ?1 ORDER BY lease_until, job_row LIMIT ?2
            """
        }
    }
}
