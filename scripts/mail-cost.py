#!/usr/bin/python3
"""What a mail costs: a program started for each, as `|command` does it, beside worker processes that are there already;
and how long it takes from its arrival to its handler's start.

The same handling everywhere: read the head, open an SQLite database, insert a row, commit. Everything is in one scratch folder
on the disk, and is measured in one run; needs root, as Postfix does. `mail-cost.py [MAILAPP [HAKOBI]]`, release builds."""

import os, random, shutil, signal, smtplib, socket, sqlite3, subprocess, sys, tempfile, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, ".build/release")
APP = sys.argv[1] if len(sys.argv) > 1 else BUILD + "/MailApp"
HAKOBI = sys.argv[2] if len(sys.argv) > 2 else BUILD + "/hakobi"
PROCESSES = 4

# The handler of `|command`. Imports are the standard library's: one with a driver for a server pays more.
PROGRAM = """#!/usr/bin/python3
import email, sqlite3, sys, time
mail = open(sys.argv[2], "rb") if len(sys.argv) > 2 else sys.stdin.buffer
head = email.message_from_binary_file(mail)
row = (head["Return-Path"], head["Delivered-To"], head["Message-ID"], head["Subject"], time.monotonic_ns())
database = sqlite3.connect(sys.argv[1], timeout=60)
database.execute("INSERT INTO mail (sender, recipient, message_id, subject, started) VALUES (?, ?, ?, ?, ?)", row)
database.commit()
database.close()
"""
# The same in a program that stays (`up --worker`): its imports and its connection are made once.
WORKER = """#!/usr/bin/python3
import email, json, sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], timeout=60)
print(json.dumps({"type": "hello", "version": 1, "kinds": ["row"]}), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    if job["type"] != "job":
        continue
    with open(job["payload"]["path"], "rb") as mail:
        head = email.message_from_binary_file(mail)
    row = (head["Return-Path"], head["Delivered-To"], head["Message-ID"], head["Subject"], time.monotonic_ns())
    database.execute("INSERT INTO mail (sender, recipient, message_id, subject, started) VALUES (?, ?, ?, ?, ?)", row)
    database.commit()
    print(json.dumps({"type": "outcome", "id": job["id"], "outcome": "completed"}), flush=True)
"""


class Bench:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mail-cost-", dir=".")
        self.folder = os.path.abspath(self.folder)
        os.chmod(self.folder, 0o755)
        self.database = self.folder + "/db/mail.db"
        os.mkdir(self.folder + "/db")
        with sqlite3.connect(self.database) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE mail (sender, recipient, message_id, subject, started)")
        database.close()
        self.program = self.folder + "/handler"
        with open(self.program, "w") as file:
            file.write(PROGRAM)
        os.chmod(self.program, 0o755)
        subprocess.run(["chown", "-R", "nobody", self.folder + "/db"], check=True)
        self.worker = self.folder + "/worker.py"
        with open(self.worker, "w") as file:
            file.write(WORKER)
        self.reader = sqlite3.connect(self.database, timeout=60)
        self.started = []

    # The servers

    def start_postfix(self):
        self.postfix = self.folder + "/postfix"
        os.mkdir(self.postfix)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        uid = subprocess.run(["id", "-u", "nobody"], capture_output=True, text=True, check=True).stdout.strip()
        with open(self.postfix + "/own.cf", "w") as file:
            file.write(f"""virtual_mailbox_domains = example.org
virtual_mailbox_base = {self.postfix}/mail
virtual_mailbox_maps = inline:{{ {{ jobs@example.org = jobs/ }} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
recipient_delimiter = +
transport_maps = inline:{{ {{ exec.example.org = handler }} }}
relay_domains = exec.example.org
handler_destination_recipient_limit = 1
handler_destination_concurrency_limit = {PROCESSES}
""")
        with open(self.postfix + "/own.master.cf", "w") as file:
            file.write(f"handler unix - n n - {PROCESSES} pipe flags=DRhu user=nobody "
                       f"argv={self.program} {self.database}\n")
        subprocess.run(["sh", ROOT + "/Tests/Servers/postfix.sh", str(self.port)], cwd=self.postfix, check=True)
        self.start(["postfix", "-c", self.postfix + "/conf", "start-fg"], "postfix.log")
        self.wait(lambda: self.is_open(), "Postfix")

    def is_open(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def start(self, command, log, **environment):
        with open(f"{self.folder}/{log}", "ab") as file:
            process = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True, cwd=self.folder,
                                       env={**os.environ, "MAIL_DB": self.database, **environment})
        self.started.append(process)
        return process

    def serve(self, flags, log, box, program=None):
        process = self.start([program or APP, "up", "--maildir", f"row={box}", "--processes", str(PROCESSES)] + flags, log)
        self.wait(lambda: "ready" in open(f"{self.folder}/{log}").read(), log)
        return process

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        self.started.remove(process)

    def end(self):
        for process in self.started:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self.started:
            process.wait(30)
        shutil.rmtree(self.folder)

    # The mails

    def wait(self, is_so, what, limit=90):
        end = time.monotonic() + limit
        while not is_so():
            if time.monotonic() > end:
                raise SystemExit(f"{what}: not within {limit} s")
            time.sleep(0.05)

    def rows(self):
        return self.reader.execute("SELECT COUNT(*) FROM mail").fetchone()[0]

    def timed(self, name, count, work, counted=None):
        """Until so many more are counted: rows, unless told otherwise."""
        counted = counted or self.rows
        before, start = counted(), time.monotonic()
        work(count)
        self.wait(lambda: counted() >= before + count, name)
        seconds = time.monotonic() - start
        print(f"{name:58} {count:6} mails {seconds:7.2f} s {count / seconds:8.1f} a second", flush=True)
        return count / seconds

    def send(self, domain):
        def work(count):
            def connection(share):
                server = smtplib.SMTP("127.0.0.1", self.port)
                for start in range(0, share, 50):
                    recipients = [f"jobs+{number}@{domain}" for number in range(start, min(start + 50, share))]
                    server.sendmail("me@example.com", recipients, "Subject: a mail\r\n\r\nIts body.\r\n")
                server.quit()
            threads = [threading.Thread(target=connection, args=(count // 4,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return work

    MAIL = ("Return-Path: <me@example.com>\nDelivered-To: jobs@example.org\nMessage-ID: <{}@example.com>\n"
            "Subject: a mail\n\nIts body.\n")

    def put(self, box, number, identity=None):
        """A mail in `tmp`; answers its name."""
        name = f"{int(time.time())}.M{number}P{os.getpid()}.host"
        with open(f"{box}/tmp/{name}", "w") as file:
            file.write(self.MAIL.format(identity or number))
        return name

    def drop(self, box, count):
        """The files are there before the clock starts, as the one file of `run_programs` is."""
        names = [self.put(box, number) for number in range(count)]
        def work(_):
            for name in names:
                os.rename(f"{box}/tmp/{name}", f"{box}/new/{name}")
        return work

    def pickup(self, box, count):
        """Milliseconds from a mail's arrival to its handler's start, one mail at a time, a moment apart."""
        arrived = {}
        for number in range(count):
            name = self.put(box, number, f"pickup-{number}")
            arrived[f"<pickup-{number}@example.com>"] = time.monotonic_ns()
            os.rename(f"{box}/tmp/{name}", f"{box}/new/{name}")
            time.sleep(random.uniform(0.002, 0.03))
        sql = "SELECT message_id, started FROM mail WHERE message_id LIKE '%pickup-%'"
        self.wait(lambda: len(self.reader.execute(sql).fetchall()) == count, "pickup")
        return sorted((started - arrived[id]) / 1e6 for id, started in self.reader.execute(sql))

    def run_programs(self, count):
        """As many at once as there are worker processes, without any mail server."""
        mail = self.folder + "/mail"
        with open(mail, "w") as file:
            file.write(self.MAIL.format(0))
        subprocess.run(["xargs", "-P", str(PROCESSES), "-I", "{}", self.program, self.database, mail],
                       input="\n".join(str(number) for number in range(count)), text=True, check=True)


def main():
    bench = Bench()
    try:
        box = bench.folder + "/box"
        alone = bench.timed("program for each, started by xargs", 600, bench.run_programs)
        service = bench.serve([], "swift.log", box)
        dropped = bench.timed("files dropped, Swift worker processes", 10_000, bench.drop(box, 10_000))
        waits = bench.pickup(box, 1000)
        bench.stop(service)
        workers = ["--worker", f"exec /usr/bin/python3 {bench.worker} {bench.database}"]
        service = bench.serve(workers, "python.log", box, HAKOBI)
        stayed = bench.timed("files dropped, Python worker programs", 6000, bench.drop(box, 6000))
        bench.stop(service)
        bench.start_postfix()
        piped = bench.timed("Postfix, program for each (pipe)", 600, bench.send("exec.example.org"))
        box = bench.postfix + "/mail/jobs"
        # Postfix's own user's from the beginning: a service that is root would make it its own.
        for folder in ("new", "cur", "tmp"):
            os.makedirs(f"{box}/{folder}")
        subprocess.run(["chown", "-R", "nobody", box], check=True)
        unhandled = bench.timed("Postfix, Maildir, nobody handles", 6000, bench.send("example.org"),
                                lambda: len(os.listdir(f"{box}/new")))
        for name in os.listdir(f"{box}/new"):
            os.unlink(f"{box}/new/{name}")
        service = bench.serve([], "postfix-swift.log", box)
        delivered = bench.timed("Postfix, Maildir, Swift worker processes", 6000, bench.send("example.org"))
        bench.stop(service)
        service = bench.serve([], "kept-swift.log", box + "?done=cur")
        kept = bench.timed("Postfix, Maildir, Swift worker processes, mails kept", 6000, bench.send("example.org"))
        bench.stop(service)
        program = f"row=exec {bench.program} {bench.database} \"$(sed 's/.*\"path\":\"\\([^\"]*\\)\".*/\\1/')\""
        service = bench.serve(["--exec", program], "exec.log", box, HAKOBI)
        bench.timed("Postfix, Maildir, program for each (--exec)", 600, bench.send("example.org"))
        bench.stop(service)
        p50, p90, p99 = (waits[len(waits) * part // 100] for part in (50, 90, 99))
        print(f"\narrival to start, one mail at a time: p50 {p50:.2f}, p90 {p90:.2f}, p99 {p99:.2f}, max {waits[-1]:.2f} ms")
        print(f"workers from files dropped / program for each        {dropped / alone:6.1f} times")
        print(f"the same program that stays / program for each       {stayed / alone:6.1f} times")
        print(f"nobody behind Postfix / program behind Postfix       {unhandled / piped:6.1f} times")
        print(f"workers behind Postfix / program behind Postfix      {delivered / piped:6.1f} times")
        print(f"the same, mails kept / program behind Postfix        {kept / piped:6.1f} times")
    finally:
        bench.end()


main()
