import Glibc

/// The SHA-256 and the number of words of a file, read once, in pieces.
struct FileDigest {
    let sha256: String
    let words: Int
    let bytes: Int

    init(of path: String) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError(path) }
        defer { close(file) }
        var hash = SHA256()
        var counter = WordCounter()
        var total = 0
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(file, &piece, piece.count)
            guard count >= 0 else { throw FileError(path) }
            guard count > 0 else { break }
            hash.update(piece[..<count])
            counter.update(piece[..<count])
            total += count
        }
        sha256 = hash.finish()
        words = counter.words
        bytes = total
    }
}

/// Counts as `wc -w` does in the C locale: white space ends a word, a printable byte begins one, others do neither.
struct WordCounter {
    private(set) var words = 0
    private var isInside = false

    mutating func update(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            if byte == 32 || (9...13).contains(byte) {
                isInside = false
            } else if !isInside, (33...126).contains(byte) {
                isInside = true
                words += 1
            }
        }
    }
}
