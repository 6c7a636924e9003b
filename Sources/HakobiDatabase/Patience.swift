/// Whether a caller keeps its thread while its answer is under way.
///
/// A caller that enqueues one durable job after another waits for a flush and for threads to be woken. Such a caller comes back
/// while the connection's thread is still up and has nothing else to do, and only then it may stay, yielding: for at most
/// `limit`, until anybody else comes, and not again for a while after a round trip that took longer.
struct Patience {
    /// A round trip with a commit to a server that is near and has a quick disk, with some room.
    static let limit = Duration.microseconds(600)
    /// Callers that suspend at once after one stayed in vain.
    static let rest = 50

    private var resting = 0

    /// Whether the next one may.
    mutating func mayStay() -> Bool {
        guard resting > 0 else { return true }
        resting -= 1
        return false
    }

    /// One stayed until the limit and has no answer.
    mutating func runOut() { resting = Self.rest }
}
