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
}
