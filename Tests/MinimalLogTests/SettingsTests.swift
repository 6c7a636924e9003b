import MinimalLog
import Testing

@Suite("Settings")
struct SettingsTests {
    @Test(
        "A variable is true when it is neither empty nor 0",
        arguments: [("1", true), ("no", true), ("0", false), ("", false)])
    func truth(text: String, isOn: Bool) throws {
        let settings = try MinimalLog.Settings(environment: ["LM_DEBUG": text, "LM_COLOR": text])
        #expect(settings.isDebug == isOn && (settings.color == .always) == isOn)
    }

    @Test("Without variables nothing is asked for")
    func defaults() throws {
        let settings = try MinimalLog.Settings(environment: [:], debugVariables: ["A": "A_DEBUG"])
        #expect(!settings.isDebug && settings.color == .never && settings.moduleDebug == ["A": false])
    }

    @Test("Colours from the environment replace a level's whole entry")
    func colors() throws {
        let settings = try MinimalLog.Settings(
            environment: [
                "LM_COLOR": "1", "LM_DEFAULT_COLOR": "debug=red:info=;cyan:critical=yellow;red", "LM_DEBUG": "1",
            ])
        let lines = logged({
            $0.color = settings.color
            $0.palette = settings.palette
            $0.isDebug = true
        }) {
            debugf("m")
            infof("m")
            critf("m")
            warnf("m")
        }
        let starts = ["\u{1b}[31mm", "\u{1b}[46mm", "\u{1b}[41m\u{1b}[33mm", "\u{1b}[43m\u{1b}[30mm"]
        for (line, start) in zip(lines, starts) {
            #expect(line.contains("] \(start)\u{1b}[0m"), "\(line.debugDescription)")
        }
    }

    @Test("What is not understood is said, all at once, with what it may have meant")
    func problems() {
        let error = #expect(throws: MinimalLog.SettingsError.self) {
            try MinimalLog.Settings(environment: ["LM_DEFAULT_COLOR": "inof=red:warn=grean;blak:debug"])
        }
        #expect(error?.problems.count == 4, "\(error?.description ?? "")")
        for word in ["'info'", "'green'", "'black'", "'debug' is not LEVEL=TEXT;BACKGROUND"] {
            #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
        }
    }

    @Test("A level is read in any case, and never guessed")
    func levels() throws {
        #expect(try MinimalLog.Level(parsing: "WARN") == .warn)
        #expect(try MinimalLog.Level(parsing: "none") == .mute && MinimalLog.Level(parsing: "Mute") == .mute)
        let error = #expect(throws: MinimalLog.SettingsError.self) { try MinimalLog.Level(parsing: "waarn") }
        #expect(
            error?.description
                == "no level 'waarn', did you mean 'warn'? (debug, info, warn, critical, error, mute, none)")
        #expect(throws: MinimalLog.SettingsError.self) { try MinimalLog.Level(parsing: "") }
    }
}
