import Glibc
import Hakobi

/// The variables this process was started with.
enum ProcessEnvironment {
    static func read() -> [String: String] {
        var variables: [String: String] = [:]
        var entry: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
        while let text = entry.pointee {
            if let equals = strchr(text, Int32(UInt8(ascii: "="))) {
                let name = UnsafeRawBufferPointer(start: text, count: equals - text)
                variables[String(decoding: name, as: UTF8.self)] = String(cString: equals + 1)
            }
            entry += 1
        }
        return variables
    }
}

/// The path this program was started by. Not /proc/self/exe: a deployment that moves a symbolic link must be followed.
enum ProgramPath {
    static func asStarted(environment: [String: String]) -> String {
        let called = CommandLine.arguments.first ?? ""
        if called.contains("/") { return absolute(called) }
        let places: [String] = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(called)" }
        return places.first { access($0, X_OK) == 0 }.map(absolute) ?? "/proc/self/exe"
    }

    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}

/// Where this user's temporary files go.
enum TemporaryFiles {
    static func root(_ environment: [String: String]) -> String {
        guard let path = environment["TMPDIR"], path.hasPrefix("/") else { return TemporaryDirectory.root }
        return path
    }
}
