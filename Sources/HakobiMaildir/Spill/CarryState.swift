internal import HakobiCore

/// What a carrier decides after each answer of the store: what becomes of the files, and when to go on. Pure.
struct CarryState {
    /// What becomes of one file.
    enum Verdict: Equatable {
        /// The job is in the store, so the file goes.
        case carried
        /// The store will never have it.
        case failed(String)
        /// The store is away, or what it says concerns all.
        case stays
    }

    /// Jobs at a time.
    static let largest = 200
    private static let shortest = Duration.milliseconds(100)
    private static let longest = Duration.seconds(5)

    /// So many go one by one, since one of them may be what the store cannot take.
    private var alone = 0
    private var pause = Duration.zero

    /// How many to bring next.
    var batch: Int { alone > 0 ? 1 : Self.largest }
    /// How long to wait before that; longer each time that nothing could be done.
    var wait: Duration { pause }
    /// The store took the last ones, or said of each why not.
    var isFlowing: Bool { pause == .zero }

    mutating func answered(_ answers: [Insertion]) -> [Verdict] {
        pause = .zero
        alone = max(0, alone - answers.count)
        return answers.map { answer in
            switch answer {
            case .inserted, .replaced, .existing: .carried
            case .refused(let refusal): .failed(refusal.description)
            case .spilled: .stays
            }
        }
    }

    mutating func failed(_ error: StoreError, count: Int) -> [Verdict] {
        // A defect may be one job's; anything else would meet the next as well.
        if !error.isTransient, error.reason == .internal {
            alone = count > 1 ? count : max(0, alone - 1)
            return [Verdict](repeating: count > 1 ? .stays : .failed(error.description), count: count)
        }
        halted()
        return [Verdict](repeating: .stays, count: count)
    }

    /// There was nothing to do.
    mutating func rested() { pause = .zero }

    /// Nothing could be done, here or there.
    mutating func halted() { pause = min(max(pause * 2, Self.shortest), Self.longest) }
}
