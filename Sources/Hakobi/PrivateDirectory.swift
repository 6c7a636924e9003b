import CHakobi
import Glibc

/// A directory that only this user can enter, whoever made it first.
enum PrivateDirectory {
    /// Makes it, or looks at the one that is there; answers 0 or an error number.
    static func make(_ path: String) -> Int32 {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { return errno }
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno }
        guard status.st_mode & S_IFMT == S_IFDIR else { return ENOTDIR }
        return status.st_uid == getuid() && status.st_mode & 0o077 == 0 ? 0 : EPERM
    }

    /// The names in a directory; `nil` when it cannot be read.
    static func entries(of path: String) -> [String]? {
        guard let stream = opendir(path) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let name = hakobi_next_name(stream) { names.append(String(cString: name)) }
        return names
    }
}
