/// How long to wait before a program is started again. Pure.
struct RestartPace: Sendable {
    static let first = Duration.milliseconds(100)
    static let longest = Duration.seconds(30)

    private(set) var delay = Duration.zero

    /// At once after a life that was of use; else twice as long as the last time.
    mutating func ended(jobsDone: Int, isNormal: Bool) {
        if jobsDone > 0 { delay = .zero }
        guard jobsDone == 0 || !isNormal else { return }
        delay = delay == .zero ? Self.first : min(Self.longest, delay * 2)
    }
}
