package import HakobiCore

/// What names a process in the history.
package struct ReporterKey: Hashable {
    package let host: String
    package let pid: Int32
    package let generation: Int
    package let release: String

    package init(_ report: AttemptReport) {
        host = report.host
        pid = report.pid
        generation = report.generation
        release = report.release
    }
}
