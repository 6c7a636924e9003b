internal import HakobiCore

/// When to look at which folder: at the kernel's hints, and now and then without any.
struct Watching {
    /// What the hints of one moment come to.
    struct News {
        /// Names that came into `new` or were touched there, or that left it, by Maildir, in their order.
        var changes: [(box: Int, name: String, hasLeft: Bool)] = []
        /// Hints were lost, or nobody is watching: look through everything.
        var mustScan = false
        /// An open store has ended.
        var holderEnded = false
    }

    private enum Watch {
        case arrivals(Int)
        case holders
    }

    let inotify: Inotify?
    private let folders: [MailboxFolder]
    private var watches: [Int32: Watch] = [:]
    /// What a look without hints found unchanged need not be looked through again.
    private var looked: [Int: Files.Moment] = [:]
    private var looks = 0

    init(_ folders: [MailboxFolder], usesInotify: Bool) {
        self.folders = folders
        let inotify = usesInotify ? Inotify() : nil
        self.inotify = inotify.flatMap { $0.descriptor >= 0 ? $0 : nil }
        watch()
    }

    func end() { inotify?.end() }

    var descriptor: Int32 { inotify?.descriptor ?? -1 }
    /// Every folder is watched.
    var isWhole: Bool { watches.count == folders.count * 2 }

    private mutating func watch() {
        guard let inotify else { return }
        for (box, folder) in folders.enumerated() {
            if let watch = inotify.watchArrivals(folder.new) { watches[watch] = .arrivals(box) }
            if let watch = inotify.watchClosing(folder.holders) { watches[watch] = .holders }
        }
    }

    /// Everything that was hinted at, without waiting.
    mutating func news() -> News {
        var news = News()
        for event in inotify?.events() ?? [] {
            switch event {
            case .arrived(let watch, let name):
                if case .arrivals(let box) = watches[watch] { news.changes.append((box, name, false)) }
            case .left(let watch, let name):
                if case .arrivals(let box) = watches[watch] { news.changes.append((box, name, true)) }
            case .closed: news.holderEnded = true
            case .overflow: (news.mustScan, news.holderEnded) = (true, true)
            case .ended(let watch):
                watches[watch] = nil
                news.mustScan = true
            }
        }
        return news
    }

    /// Watches again what has gone away and come back.
    mutating func mend() { if !isWhole { watch() } }

    /// Whether a folder must be looked through: its entries have changed since it was, or may have. Now and then it is in
    /// any case: a time that a file system tells is a hint as well.
    mutating func mustLook(at box: Int) -> Bool {
        guard let changed = Files.changedAt(folders[box].new) else { return false }
        looks += 1
        if looked[box] == changed, looks % (12 * folders.count) != 0 { return false }
        looked[box] = changed.isSettled ? changed : nil
        return true
    }
}
