import HakobiCore
import Logging

extension Logger {
    /// All wording of this room in one place.
    func note(_ note: PipeNote) {
        switch note {
        case .nonsense(let pid, let why):
            error("a worker process talks nonsense and is ended", metadata: ["pid": "\(pid)", "error": "\(why)"])
        case .mute(let pid):
            error("a worker process does not answer and is ended", metadata: ["pid": "\(pid)"])
        case .overdue(let pid, let job, let kind, let limit):
            warning(
                "hard time limit passed: its worker process is ended",
                metadata: ["pid": "\(pid)", "job": "\(job)", "kind": "\(kind)", "limit": "\(limit)"])
        case .died(let pid, let cause, let running):
            error(
                "worker process died",
                metadata: [
                    "pid": "\(pid)", "cause": "\(cause)",
                    "running": "\(running.map(\.description).joined(separator: " "))",
                ])
        case .bounced(let job, let times):
            error(
                "worker processes die before this job can start", metadata: ["job": "\(job)", "times": "\(times)"])
        case .failed(let sentence):
            error("\(sentence)")
        }
    }
}
