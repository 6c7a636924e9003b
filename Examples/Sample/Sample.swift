import Glibc
import Hakobi
import HakobiCommand
import Logging

/// What `make run` carries: a Swift handler beside the programs given with `--exec`.
@main struct Sample: HakobiApp {
    static let release = "sample-1"

    func register(_ handlers: inout Handlers) {
        handlers.on(Digest.self) { job, context in
            let digest = try FileDigest(of: job.path)
            try Results.append("\(digest.sha256)  \(digest.words)  \(job.path)\n")
            context.logger.debug("digested", metadata: ["path": "\(job.path)", "bytes": "\(digest.bytes)"])
        }
    }
}

/// One file whose SHA-256 and word count are wanted.
struct Digest: Job {
    static let kind = "digest"
    let path: String
}

/// Where results go: lines appended to one file by all worker processes.
enum Results {
    /// One write of one line to a file opened for appending is never mixed with another's.
    static func append(_ line: String) throws {
        guard let directory = getenv("SAMPLE_RESULTS") else { throw GiveUp("SAMPLE_RESULTS is not set") }
        let path = String(cString: directory) + "/swift.txt"
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw FileError(path) }
        defer { close(file) }
        let bytes = Array(line.utf8)
        guard write(file, bytes, bytes.count) == bytes.count else { throw FileError(path) }
    }
}

/// What the system said of a file.
struct FileError: Error, CustomStringConvertible {
    let description: String
    init(_ path: String) { description = "\(path): \(String(cString: strerror(errno)))" }
}
