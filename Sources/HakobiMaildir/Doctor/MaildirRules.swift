public import HakobiCore

/// From facts to findings: pure, so each rule is an instant test.
enum MaildirRules {
    static func findings(_ facts: MaildirFacts) -> [Finding] {
        [permissions(facts), fileSystem(facts), arrivals(facts), leftovers(facts)].compactMap(\.self)
    }

    private static func permissions(_ facts: MaildirFacts) -> Finding {
        guard let closed = facts.closed else {
            return .ok("permissions", "every mail of \(facts.path) may be read")
        }
        return .fail(
            "permissions",
            "\(closed.count) files such as \(closed.path) belong to user \(closed.owner) and may not be read by user "
                + "\(facts.user): deliver, serve and edit \(facts.path) as one user, and `chown -R` it once")
    }

    private static func fileSystem(_ facts: MaildirFacts) -> Finding {
        guard let network = facts.network else { return .ok("file system", "\(facts.path) is on a local one") }
        return .warn(
            "file system",
            "\(facts.path) is on a network file system (\(network)): mails are seen by looking, each half second, and locks "
                + "hold only as far as the server makes them; keep it on a local disk, or bridge it to a database")
    }

    private static func arrivals(_ facts: MaildirFacts) -> Finding? {
        if facts.isWatched {
            // A network's file system takes a watch and tells of nothing.
            return facts.network == nil ? .ok("arrivals", "the kernel tells of mails for \(facts.path)") : nil
        }
        let limits = facts.inotifyLimits.map { " (now \($0.instances) and \($0.watches))" } ?? ""
        return .warn(
            "arrivals",
            "the kernel watches \(facts.path) for nobody, so it is looked at each half second: raise "
                + "fs.inotify.max_user_instances or fs.inotify.max_user_watches\(limits) with sysctl")
    }

    private static func leftovers(_ facts: MaildirFacts) -> Finding? {
        guard facts.leftovers > 0 else { return nil }
        return .warn(
            "leftovers",
            "\(facts.leftovers) files in \(facts.path)/tmp are of deliveries that broke off long ago: "
                + "`find \(facts.path)/tmp -type f -mmin +2160 -delete` removes them")
    }
}

extension MaildirStore: StoreDoctor {
    /// Looks at what the Maildirs lie on, and whether this user may read what is in them.
    public func examine() async throws(StoreError) -> [Finding] {
        try await perform("examine") { session throws(FileTrouble) in
            try session.doctorFacts().flatMap(MaildirRules.findings)
        }
    }
}
