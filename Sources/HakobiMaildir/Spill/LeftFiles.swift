/// What a carrier has to leave where it is, so that it is told once for as long as there is something, and what was brought
/// is not brought again. Pure.
struct LeftFiles {
    /// One such file.
    struct File: Sendable, Hashable {
        var name: String
        /// What is wrong with it.
        var reason: String
        /// Another owner or mode would help.
        var isForbidden = false
        /// Its job has its answer; only the file could not be removed.
        var isAnswered = false
    }

    private var files: [File] = []
    private var answered: Set<String> = []
    private var isTold = false
    private var isBarred = false

    /// A look found these, in a folder in which work can be done.
    mutating func begin(_ names: [String]) {
        isBarred = false
        files = []
        if !answered.isEmpty { answered.formIntersection(names) }
    }

    /// Whether its job has its answer.
    func isAnswered(_ name: String) -> Bool { answered.contains(name) }

    mutating func add(_ more: [File]) {
        files += more
        for file in more where file.isAnswered { answered.insert(file.name) }
    }

    /// All were looked at; answers what to tell, if it is news.
    mutating func end() -> (count: Int, example: File)? {
        defer { isTold = !files.isEmpty }
        guard !isTold, let example = files.first(where: \.isForbidden) ?? files.first else { return nil }
        return (files.count, example)
    }

    /// Nothing can be done in this folder; answers whether that is news.
    mutating func bar() -> Bool {
        defer { isBarred = true }
        return !isBarred
    }
}
