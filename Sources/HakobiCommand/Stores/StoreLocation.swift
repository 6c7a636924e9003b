import Hakobi

#if Postgres
    import HakobiPostgres
#endif
#if MySQL
    import HakobiMySQL
#endif

/// Where a store is, as written: `sqlite:PATH`, `postgres://HOST/DATABASE`, `mysql://HOST/DATABASE`, `maildir:PATH`,
/// `memory:`.
struct StoreLocation: Sendable, Hashable, CustomStringConvertible {
    let scheme: StoreScheme
    /// What follows the colon, without options; of a server the whole URL, which may hold a password.
    let path: String
    /// `?name=value&…`.
    let options: [String: String]
    /// Of a `maildir:` store, the one of its path and those that were named beside it.
    private(set) var maildirs: [MaildirPlace] = []
    /// Of a `maildir:` store: completed mails stay in its books.
    private(set) var keepsRecords = false
    /// For people and logs: never a password.
    private(set) var description: String

    /// What a service holds of its server, however many processes it has; a command as many for as long as it runs.
    var connections: Int { scheme.isServer ? 2 : 0 }

    static let standard = StoreLocation(
        scheme: .sqlite, path: "hakobi.db", options: [:], description: "sqlite:hakobi.db")

    private init(scheme: StoreScheme, path: String, options: [String: String], description: String) {
        self.scheme = scheme
        self.path = path
        self.options = options
        self.description = description
    }

    init(reading text: String) throws(Unreadable) {
        guard let colon = text.firstIndex(of: ":") else {
            throw Unreadable(
                "a store is written as scheme:place, such as sqlite:hakobi.db; known schemes: \(Self.known)")
        }
        let word = Self.otherNames[String(text[..<colon])] ?? String(text[..<colon])
        guard let scheme = StoreScheme(rawValue: word) else {
            let hint = Spelling.nearest(to: word, among: StoreScheme.allCases.map(\.rawValue))
            throw Unreadable(
                "there is no store scheme \"\(word)\"; " + (hint.map { "did you mean \"\($0)\"? " } ?? "")
                    + "Known schemes: \(Self.known)")
        }
        if scheme.isServer {
            self = try Self.server(scheme, text)
            return
        }
        let (place, options) = try Self.parts(of: text[text.index(after: colon)...], of: scheme, among: scheme.options)
        if scheme == .sqlite { try Self.checkPath(place) }
        self.init(scheme: scheme, path: place, options: options, description: text)
        guard scheme == .maildir else { return }
        let reader = OptionReader(scheme: scheme, options: options)
        keepsRecords = try reader.read("records", Reading.yes) ?? false
        let kind = try reader.read("kind", Reading.kind)
        if !place.isEmpty {
            maildirs = [try MaildirPlace(path: place, options, kind: kind, description: text)]
        }
    }

    /// A path and the options behind it.
    static func parts(
        of text: Substring, of scheme: StoreScheme, among known: [String]
    ) throws(Unreadable) -> (path: String, options: [String: String]) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = String(parts[0])
        // sqlite:///absolute is how other programs write sqlite:/absolute.
        if path.hasPrefix("///") { path.removeFirst(2) }
        return (path, try options(parts.count > 1 ? parts[1] : "", scheme, among: known))
    }

    private static let otherNames = ["postgresql": "postgres", "mariadb": "mysql"]

    private static func server(_ scheme: StoreScheme, _ url: String) throws(Unreadable) -> StoreLocation {
        do throws(StoreError) {
            let description = try describe(scheme, url)
            return StoreLocation(scheme: scheme, path: url, options: [:], description: description)
        } catch {
            // Nothing is wrong with the URL, but what reads it is not installed: whoever opens the store says so.
            if error.reason == .unreachable {
                return StoreLocation(scheme: scheme, path: url, options: [:], description: masked(url))
            }
            throw Unreadable(error.description.replacing("open: ", with: "", maxReplacements: 1))
        }
    }

    /// Who cannot take a URL apart cannot leave its password out either.
    private static func describe(_ scheme: StoreScheme, _ url: String) throws(StoreError) -> String {
        #if Postgres
            if scheme == .postgres { return try PostgresStore.description(of: url) }
        #endif
        #if MySQL
            if scheme == .mysql { return try MySQLStore.description(of: url) }
        #endif
        return "\(scheme.rawValue):"
    }

    private static let known = StoreScheme.built.map { $0.rawValue + ":" }.joined(separator: " ")

    /// Refuses what would be another file, or none, than was meant.
    private static func checkPath(_ path: String) throws(Unreadable) {
        guard !path.isEmpty else { throw Unreadable("sqlite: needs a path, such as sqlite:hakobi.db") }
        guard !path.hasPrefix("//") else {
            let rest = path.drop { $0 == "/" }
            throw Unreadable(
                "a file has no host: write sqlite:\(rest) for a file here, sqlite:/\(rest) for one at the root")
        }
        guard path != ":memory:" else { throw Unreadable("a store without a file is written memory:") }
        guard !path.hasPrefix("file:") else {
            throw Unreadable("sqlite: takes a path, such as sqlite:\(path.dropFirst(5)), and no file: address")
        }
    }

    private static func options(
        _ text: Substring, _ scheme: StoreScheme, among known: [String]
    ) throws(Unreadable) -> [String: String] {
        var options: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard known.contains(name) else {
                let hint = Spelling.nearest(to: name, among: known).map { ": did you mean \"\($0)\"?" } ?? ""
                throw Unreadable("\(scheme.rawValue): has no option \"\(name)\"\(hint)")
            }
            options[name] = parts.count > 1 ? String(parts[1]) : ""
        }
        return options
    }
}

/// The stores there are; which of them a build has is said by the package's traits.
enum StoreScheme: String, Sendable, CaseIterable {
    case sqlite, postgres, mysql, maildir
    /// Gone with the process: for tests and for trying things out.
    case memory

    /// Another program keeps it, which may be away.
    var isServer: Bool { self == .postgres || self == .mysql }

    /// Those this build has.
    static let built: [StoreScheme] = {
        var schemes: [StoreScheme] = []
        #if SQLite
            schemes.append(.sqlite)
        #endif
        #if Postgres
            schemes.append(.postgres)
        #endif
        #if MySQL
            schemes.append(.mysql)
        #endif
        return schemes + [.maildir, .memory]
    }()

    var options: [String] {
        switch self {
        case .sqlite: ["synchronous", "busy-timeout"]
        case .maildir: ["kind", "records"] + MaildirPlace.options
        case .postgres, .mysql, .memory: []
        }
    }
}

extension StoreLocation {
    /// The file or the folders that the store is.
    var paths: [String] { scheme == .sqlite ? [path] : maildirs.map(\.path) }

    /// Said when this build lacks the store; also of the default, which nobody wrote.
    var isMissing: String {
        "\(description): this program was built without the \(scheme.rawValue) store; it has "
            + "\(Self.known) (name one with --store, or build with the package trait)"
    }

    /// The store is a database on a server.
    var isServer: Bool { scheme == .postgres || scheme == .mysql }
}

extension StoreLocation {
    /// A store of the Maildirs that are named beside it.
    static let maildir = StoreLocation(scheme: .maildir, path: "", options: [:], description: "maildir:")

    /// With further Maildirs, each of a kind of its own.
    func adding(_ more: [MaildirPlace]) -> StoreLocation {
        guard !more.isEmpty else { return self }
        var all = self
        all.maildirs += more
        all.description += (path.isEmpty ? "" : " ") + more.map(\.description).joined(separator: " ")
        return all
    }

    /// What somebody wrote, without what may be a password: of a URL that does not read as well.
    static func masked(_ text: String) -> String {
        var shown = text
        if let start = text.firstRange(of: "://")?.upperBound, let at = text.lastIndex(of: "@"), start < at,
            let colon = text[start..<at].firstIndex(of: ":")
        {
            shown = String(text[...colon]) + "***" + String(text[at...])
        }
        guard let name = shown.firstRange(of: "password=") else { return shown }
        return String(shown[..<name.upperBound]) + "***" + String(shown[name.upperBound...].drop { $0 != "&" })
    }
}
