/// Whether a caller keeps its thread while its answer is under way.
///
/// A caller that enqueues one durable job after another waits for a flush and for two threads to be woken; on an idle
/// machine the second wake-up costs half a flush. Such a caller comes back while the writer is still up and with nobody
/// before it, and only then it may stay, yielding: for at most `limit`, until anybody else comes, and not again for a
/// while after a commit that took longer. On a slow disk that is 250 µs in fifty commits; on a quick one, up to a core while
/// nobody else wants it.
struct Patience {
    /// A commit on a disk that is quick, with some room.
    static let limit = Duration.microseconds(250)
    /// Callers that suspend at once after one stayed in vain.
    static let rest = 50

    private var resting = 0

    /// Whether the next one may; `isAlone` when everybody before it has been answered.
    mutating func mayStay(isAlone: Bool) -> Bool {
        guard isAlone else { return false }
        guard resting == 0 else {
            resting -= 1
            return false
        }
        return true
    }

    /// One stayed until the limit and has no answer.
    mutating func runOut() { resting = Self.rest }
}
