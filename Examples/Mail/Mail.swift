import Hakobi
import HakobiCommand
import HakobiMaildir
import Logging

@main struct App: HakobiApp {
    func register(_ handlers: inout Handlers) {
        handlers.on(Mail.self) { mail, context in
            let message = try mail.envelope.open()
            context.logger.info("\(message["Subject"] ?? "no subject") for \(mail.envelope.recipient ?? "nobody")")
        }
    }
}
