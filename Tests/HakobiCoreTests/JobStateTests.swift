import HakobiCore
import Testing

@Suite("Job states")
struct JobStateTests {
    /// Every legal move, written out once more by hand: the table and this list must not drift apart unseen.
    private static let legal: [(JobState, JobState)] = [
        (.held, .available), (.held, .cancelled),
        (.available, .running), (.available, .cancelled),
        (.running, .available), (.running, .completed), (.running, .cancelled), (.running, .dead),
        (.cancelled, .available), (.dead, .available),
    ]

    @Test("of all 36 pairs, the listed ones and no others are moves", arguments: JobState.allCases, JobState.allCases)
    func pairs(_ from: JobState, _ to: JobState) {
        let isLegal = Self.legal.contains { $0 == (from, to) }
        #expect(from.canBecome(to) == isLegal, "\(from) to \(to)")
    }

    @Test("there are six states, and their numbers and words stay what is stored")
    func stored() {
        #expect(JobState.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5])
        #expect(
            JobState.allCases.map(\.description)
                == ["held", "available", "running", "completed", "cancelled", "dead"])
    }

    @Test("a terminal state is left by a person's retry only, and completed never")
    func terminal() {
        #expect(JobState.allCases.filter(\.isTerminal) == [.completed, .cancelled, .dead])
        #expect(JobState.completed.successors == [])
        for state in JobState.allCases where state.isTerminal {
            #expect(state.successors.allSatisfy { $0 == .available })
        }
    }
}
