import HakobiCore
import HakobiMySQL
import Servers
import Testing

@Suite("Where a MariaDB store is", .serialized)
struct AddressTests {
    @Test("a URL is shown without its password")
    func shown() throws {
        let shown = try MySQLStore.description(of: "mariadb://ann:s%40cret@db.example/jobs?tls=require")
        #expect(shown == "mysql://ann@db.example:3306/jobs")
    }

    @Test(
        "a URL that cannot be read gets a sentence",
        arguments: [
            ("mysql:db", "begins with mysql://"), ("mysql://host/db", "names no user"),
            ("mysql://u@host:99999/db", "not a number from 1 to 65535"), ("mysql://u@host/", "lacks a user"),
            ("mysql://u@host/db?tls=maybe", "off, require or verify"), ("mysql://u@host/db?x=1", "no option \"x\""),
            ("mysql://u@host/db?hakobi_prefix=a-b", "hakobi_prefix is"), ("mysql://u:%zz@host/db", "write %25"),
        ])
    func refused(_ url: String, _ words: String) {
        #expect {
            try MySQLStore.description(of: url)
        } throws: { "\($0)".contains(words) }
    }

    @Test("a server that does not let us in is named, with what to do", .timeLimit(.minutes(1)))
    func unwelcome() throws {
        let server = try MariaDBServer.shared()
        let database = try server.database()
        try server.sql(
            "CREATE USER IF NOT EXISTS poor@'127.0.0.1' IDENTIFIED BY 'poor'; GRANT SELECT ON \(database).* TO poor@'127.0.0.1'",
            database: database)
        for (url, words) in [
            (server.url(database: database, password: "wrong"), "refuses user hakobi"),
            (server.url(database: "nowhere"), "no database \"nowhere\""),
            (server.url(database: "nowhere", user: "poor", password: "poor"), "GRANT ALL ON nowhere"),
            (server.url(database: database, user: "poor", password: "poor"), "lacks a right"),
            (server.url(database: database, "tls=require"), "TLS was refused"),
            ("mysql://u:p@127.0.0.1:1/db", "cannot be reached"),
        ] {
            #expect {
                _ = try MySQLStore(url: url, options: MySQLOptions(logger: quiet))
            } throws: { error in
                let said = "\(error)"
                return said.contains(words) && !said.contains("wrong")
            }
        }
    }

    @Test(
        "a server that is too old is named with its version", .timeLimit(.minutes(1)),
        arguments: ["5.5.5-10.3.39-MariaDB", "5.7.44-log"])
    func tooOld(_ version: String) throws {
        let server = try OldServer(version: version)
        #expect {
            _ = try MySQLStore(url: "mysql://u:p@127.0.0.1:\(server.port)/db", options: MySQLOptions(logger: quiet))
        } throws: { error in
            let said = "\(error)"
            return said.contains("MariaDB 10.6 or newer is needed")
                && said.contains(version.hasPrefix("5.5.5") ? "10.3.39" : "5.7.44")
        }
    }

    @Test("a server that may only be read says so", .timeLimit(.minutes(1)))
    func readOnly() throws {
        let server = try MariaDBServer()
        let database = try server.database()
        try server.sql(
            "CREATE USER app@'127.0.0.1' IDENTIFIED BY 'app'; GRANT ALL ON \(database).* TO app@'127.0.0.1'; "
                + "SET GLOBAL read_only = ON")
        let url = server.url(database: database, user: "app", password: "app")
        #expect {
            _ = try MySQLStore(url: url, options: MySQLOptions(logger: quiet))
        } throws: { error in
            (error as? StoreError)?.reason == .readOnly && "\(error)".contains("may only be read")
        }
    }
}
