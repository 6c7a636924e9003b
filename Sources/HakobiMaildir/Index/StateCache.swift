internal import HakobiCore

/// States as they were last read, without what is asked of a single job only: so that counting ten thousand mails in
/// `failed` opens none of their files.
struct StateCache {
    private var entries: [JobID: (stamp: Files.Stamp, state: MailState)] = [:]

    /// What the file at `path` says, as it is known or else as `read` finds it.
    mutating func state(_ id: JobID, at path: String, read: () -> MailState?) -> MailState? {
        guard let stamp = Files.stamp(path) else { return read() }
        if let entry = entries[id], entry.stamp == stamp { return entry.state }
        let state = read()
        // What was replaced just now may be so again without looking otherwise.
        entries[id] = stamp.changed.isSettled ? state.map { (stamp, $0.brief) } : nil
        return state
    }

    /// The others are there no more.
    mutating func keep(_ ids: Set<JobID>) {
        if entries.count > ids.count { entries = entries.filter { ids.contains($0.key) } }
    }
}

extension MailState {
    fileprivate var brief: MailState {
        var brief = self
        (brief.history, brief.checkpoint, brief.result, brief.progress, brief.others) = ([], nil, nil, nil, [])
        return brief
    }
}
