import HakobiMaildir

extension SettingsReader {
    /// The store, and with it the Maildirs that are named beside it; when nothing else is, they are the store.
    mutating func store() -> Setting<StoreLocation> {
        let standard: StoreLocation = layers.contains { $0[.maildirs] != nil } ? .maildir : .standard
        let store = one(.store, standard, show: \.description, StoreLocation.init(reading:))
        let more = many(.maildirs, show: \.description, MaildirPlace.init(reading:))
        if store.value.scheme != .maildir, !more.value.isEmpty {
            add(
                problem:
                    "maildir (\(more.origin)) names Maildirs, and the store is \(store.value) (\(store.origin)): a "
                    + "service has one store; write maildir: for the store, or leave the Maildirs out")
        }
        let location = store.value.adding(more.value)
        if location.scheme == .maildir, location.maildirs.isEmpty, problems.isEmpty {
            add(
                problem: "maildir: needs a path, such as maildir:/srv/mail/jobs, or Maildirs named as maildir KIND=PATH"
            )
        }
        return Setting(value: location, origin: store.origin)
    }

    /// Where jobs wait while the store is away.
    mutating func spill() -> Setting<SpillPlace?> {
        let path = optionalText(.spill, none: "none")
        let limit = one(.spillLimit, MaildirSpill.defaultLimit, show: { SizeText.short($0) }, SizeText.read)
        return Setting(value: path.value.map { SpillPlace(path: $0, limit: limit.value) }, origin: path.origin)
    }
}

/// A spill by its settings.
struct SpillPlace: Sendable, Hashable {
    let path: String
    let limit: Int64
}
