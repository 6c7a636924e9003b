/// When the house is kept: all of it in rounds of about 15 s, and within a round some looks for the dead alone.
///
/// What a dead host held waits for the end of its lease and then for somebody's next look. A third of a lease keeps that
/// second wait small beside the first; from 45 s on the rounds are enough, and no look is added.
struct HouseRhythm: Sendable {
    static let round = Duration.seconds(15)
    /// Looks for the dead in one round; the round's own is one of them.
    let looks: Int

    init(lease: Duration) { looks = max(1, Int((Self.round / (lease / 3)).rounded(.up))) }

    /// From one look to the next, on average.
    var interval: Duration { Self.round / looks }

    /// Jittered by a fifth, so that many hosts do not do the same at the same moment.
    func pause() -> Duration { interval * Double.random(in: 0.8...1.2) }
}
