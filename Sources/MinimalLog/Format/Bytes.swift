extension [UInt8] {
    /// Appends a text's bytes in one piece: the way of a text's own view is several times as long.
    mutating func append(_ text: String) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { append(contentsOf: $0) }
        if done == nil { append(contentsOf: Array(text.utf8)) }
    }
}
