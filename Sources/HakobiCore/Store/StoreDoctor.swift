/// What a store can tell of its own place: settings that lose jobs, what keeps it from cleaning up, what is missing.
public protocol StoreDoctor: Sendable {
    /// Looks the store over, and changes nothing. What is well is said as well, so that a reader sees what was looked at.
    /// Throws only when the store cannot be asked.
    func examine() async throws(StoreError) -> [Finding]
}

/// One thing that a doctor looked at, and what to do about it.
public struct Finding: Sendable, Hashable {
    /// How bad it is.
    public enum Level: String, Sendable, Hashable {
        /// As it should be.
        case ok
        /// Works, but somebody should look.
        case warn
        /// Jobs are not carried out or may be lost, or soon will be.
        case fail
    }

    /// How bad it is.
    public let level: Level
    /// What was looked at, in a word or two.
    public let subject: String
    /// What was found, and what to do about it.
    public let sentence: String

    /// Something that was looked at.
    public init(_ level: Level, _ subject: String, _ sentence: String) {
        self.level = level
        self.subject = subject
        self.sentence = sentence
    }

    /// As it should be.
    public static func ok(_ subject: String, _ sentence: String) -> Finding { Finding(.ok, subject, sentence) }
    /// Somebody should look.
    public static func warn(_ subject: String, _ sentence: String) -> Finding { Finding(.warn, subject, sentence) }
    /// Somebody must look.
    public static func fail(_ subject: String, _ sentence: String) -> Finding { Finding(.fail, subject, sentence) }
}
