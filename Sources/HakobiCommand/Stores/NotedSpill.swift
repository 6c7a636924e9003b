import Hakobi
import HakobiMaildir
import Synchronization

/// A spill that says so when it is used: once, on standard error.
final class NotedSpill: JobSpill {
    private let place: SpillPlace
    private let spill: MaildirSpill
    private let isSaid = Atomic(false)

    init(_ place: SpillPlace) throws {
        self.place = place
        spill = try MaildirSpill(path: place.path, limit: place.limit)
    }

    func keep(_ jobs: [NewJob], because away: StoreError) async throws(StoreError) {
        try await spill.keep(jobs, because: away)
        guard !isSaid.exchange(true, ordering: .relaxed) else { return }
        Output.error("jobs wait in \(place.path) until a service with this spill carries them over: \(away)")
    }
}
