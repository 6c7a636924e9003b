import Hakobi
import HakobiCommand

/// The tool: a Hakobi program without handlers of its own; programs given by `--exec` are its handlers.
@main
struct HakobiTool: HakobiApp {
    static var release: String { hakobiVersion }

    func register(_ handlers: inout Handlers) {}
}
