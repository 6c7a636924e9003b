import Hakobi
import HakobiCommand

struct Greet: Job {
    static let kind = "greet"
    let name: String
}

@main struct App: HakobiApp {
    func register(_ handlers: inout Handlers) {
        handlers.on(Greet.self) { job, context in
            context.logger.info("Hello, \(job.name)!")
        }
    }
}
