import CHakobi
import Glibc
import HakobiCore

@testable import HakobiSQLite

/// A directory that goes with the last reference to it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/hakobi-sqlite-XXXXXX\0".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
        }
    }

    /// The path of a file in it.
    func file(_ name: String = "jobs.db") -> String { "\(path)/\(name)" }

    deinit { remove(directory: path) }
}

/// Removes a directory and all below it.
func remove(directory path: String) {
    guard let directory = opendir(path) else { return }
    while let name = hakobi_next_name(directory) {
        let child = "\(path)/\(String(cString: name))"
        var info = stat()
        if lstat(child, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
            remove(directory: child)
        } else {
            unlink(child)
        }
    }
    closedir(directory)
    rmdir(path)
}

/// Runs `body` on a fresh store and closes it, whatever happens.
func withStore<Value>(
    _ options: SQLiteOptions = SQLiteOptions(), _ body: (SQLiteStore, TemporaryDirectory) async throws -> Value
) async throws -> Value {
    let directory = TemporaryDirectory()
    let store = try SQLiteStore(path: directory.file(), options: options)
    do {
        let value = try await body(store, directory)
        await store.close()
        return value
    } catch {
        await store.close()
        throw error
    }
}
