/// Whether a caller keeps its thread while its answer is under way.
///
/// A caller that enqueues one durable job after another waits for a flush and for two threads to be woken; on an idle
/// machine the second wake-up costs half a flush. Such a caller comes back while the store's thread is still up and with
/// nobody before it, and only then it may stay, yielding: for at most `limit`, until anybody else comes, and not again for
/// a while after an answer that took longer. Where commits are slow that is `limit` in fifty of them; where they are
/// quick, up to a core while nobody else wants it.
package struct Patience {
    /// Callers that suspend at once after one stayed in vain.
    package static let rest = 50

    /// A quick commit, with some room.
    package let limit: Duration
    private var resting = 0

    package init(_ limit: Duration) { self.limit = limit }

    /// Whether the next one may; `isAlone` when everybody before it has been answered.
    package mutating func mayStay(isAlone: Bool) -> Bool {
        guard isAlone else { return false }
        guard resting == 0 else {
            resting -= 1
            return false
        }
        return true
    }

    /// One stayed until the limit and has no answer.
    package mutating func runOut() { resting = Self.rest }
}
