/// How a worker process is started: everything it will know comes from here, nothing from the parent by accident.
package struct ProcessCommand: Sendable, Hashable {
    /// The program as it was started. A new generation and a new parent exec this path, so that they bring what is on
    /// disk now; within a generation the image opened at its start is used.
    package var executable: String
    /// It is the program that runs now: the first generation starts from the running image, even if the file on disk was
    /// replaced meanwhile.
    package var isThisProgram: Bool
    /// Its whole argv, the name included.
    package var arguments: [String]
    /// Its whole environment; the caller has removed the store's variables.
    package var environment: [String: String]
    /// Where it runs; `nil` means where the parent does.
    package var directory: String?
    /// Descriptors of the parent that it shall have as well, such as the liveness lock. They arrive in this order, right
    /// after the pipe and the page (see `WorkerDescriptors`).
    package var sharedDescriptors: [Int32]
    /// Sockets handed to this program by systemd or Server::Starter stay open in it under their own numbers.
    package var passesListenSockets: Bool
    /// Bytes of the page that parent and child share.
    package var pageBytes: Int
    /// Where each page is a file, `page-` and the process's serial, so that it outlives parent and children that die
    /// together; whoever observes the process removes it. `nil`: pages have no names.
    package var pageDirectory: String?
    /// Lets Swift print a backtrace when it traps. It holds a dead process's job for up to seconds, so it is off.
    package var printsBacktraces: Bool

    /// A program to keep alive.
    package init(
        executable: String, isThisProgram: Bool = false, arguments: [String], environment: [String: String],
        directory: String? = nil, sharedDescriptors: [Int32] = [], passesListenSockets: Bool = false,
        pageBytes: Int = 4096, pageDirectory: String? = nil, printsBacktraces: Bool = false
    ) {
        self.executable = executable
        self.isThisProgram = isThisProgram
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.sharedDescriptors = sharedDescriptors
        self.passesListenSockets = passesListenSockets
        self.pageBytes = pageBytes
        self.pageDirectory = pageDirectory
        self.printsBacktraces = printsBacktraces
    }
}
