import Logging
import MinimalLog
import Testing

// What docs/how-to/log-like-this.md shows, word for word; the page is compared with this file.

func compose(environment: [String: String]) throws {
    var settings = try MinimalLog.Settings(environment: environment, debugVariables: ["Billing": "BILLING_DEBUG"])
    settings.sink = try MinimalLog.FileSink(path: "/var/log/app/app.log")
    MinimalLog.use(settings)
    LoggingSystem.bootstrap { MinimalLogHandler(label: $0) }
}

func launch(saucers: Int, target: String, cargo: [String: Int]) throws {
    infof("launch")
    infof("%d saucers to %s, %.1f%% full", saucers, target, 99.5)
    debugf("cargo: \(ddf(cargo))")
    warnff("who called?")
    if saucers == 0 { try croakf("no saucer for %s", target) }
}

struct Request: Sendable {
    let uri: String
    let log: any MinimalLog.Sink
}

func serve(_ request: Request, handle: (Request) async throws -> Void) async throws {
    try await MinimalLog.with {
        $0.subject = request.uri
        $0.sink = request.log
        $0.level = .info
    } run: {
        try await handle(request)
    }
}

struct Login {
    let user: String
    let password: MinimalLog.Secret<String>
}

@Suite("The page's examples")
struct DocumentedTests {
    @Test("Lines look as the page says")
    func lines() async throws {
        let lines = logged {
            $0.isDebug = true
        } _: {
            #expect(throws: MinimalLog.Croak.self) { try launch(saucers: 0, target: "Mars", cargo: ["b": 2, "a": 1]) }
        }
        let messages = lines.map { $0.components(" at ")[0].components("59 ")[1] }
        #expect(
            messages == [
                "[INFO] launch", "[INFO] 0 saucers to Mars, 99.5% full", "[DEBUG] cargo: {'a' => 1,'b' => 2}",
                "[WARN] who called?",
            ])
        let sink = Lines()
        try await serve(Request(uri: "/saucers?page=2", log: sink)) { _ in
            infof("found")
            debugf("not here")
        }
        #expect(sink.all.count == 1 && sink.all[0].contains(" [INFO] [/saucers?page=2] found at Documented"))
        #expect(ddf(Login(user: "bob", password: .init("x"))) == "Login {'password' => [redacted],'user' => 'bob'}")
    }
}
