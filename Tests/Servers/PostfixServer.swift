import Foundation

/// A real Postfix of the tests' own: in a scratch folder, on a port of the loopback; needs root to start, as Postfix does.
package final class PostfixServer: Sendable {
    private let keeper: Keeper
    package let port: Int

    /// Where it delivers to: what `/srv/mail` is in the lines that it was given.
    package var mail: String { keeper.folder + "/mail" }
    package var log: String { keeper.log }

    /// A server with lines of `main.cf` and a table of mailboxes as a machine's owner writes them: with `/srv/mail`,
    /// `/etc/postfix` and the user 5000, which become folders and a user that are there.
    package init(main: String, mailboxes: String) throws {
        guard access("/usr/sbin/postfix", X_OK) == 0 else {
            throw Keeper.Trouble(description: "Postfix is not installed: run scripts/setup.sh postfix")
        }
        port = try Keeper.freePort()
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/postfix.sh"
        // The Maildirs are there from the beginning, and the server's: a service that is root would make them its own.
        let prepare = """
            set -e
            sh '\(script)' \(port)
            cp vmailbox conf
            postmap -c conf conf/vmailbox
            while read -r address box; do
                mkdir -p "mail/$box"new "mail/$box"cur "mail/$box"tmp
            done <vmailbox
            chown -R nobody mail
            """
        keeper = try Keeper(
            name: "postfix", prepare: prepare,
            serve: "postfix -c $PWD/conf start-fg",
            ready: "exec 3<>/dev/tcp/127.0.0.1/\(port) && read -t 5 -r line <&3 && [[ $line == 220* ]]", user: "root")
        let nobody = try Keeper.run(["/usr/bin/id", "-u", "nobody"])
        let own = main.replacing("/srv/mail", with: keeper.folder + "/mail")
            .replacing("/etc/postfix", with: keeper.folder + "/conf").replacing("static:5000", with: "static:\(nobody)")
        try own.write(toFile: keeper.folder + "/own.cf", atomically: false, encoding: .utf8)
        try mailboxes.write(toFile: keeper.folder + "/vmailbox", atomically: false, encoding: .utf8)
        try keeper.order("prepare")
        try keeper.order("start")
    }
}
