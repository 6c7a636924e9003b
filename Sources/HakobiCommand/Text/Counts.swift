/// A count in a sentence: "1 job is", "2 jobs are".
func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }
