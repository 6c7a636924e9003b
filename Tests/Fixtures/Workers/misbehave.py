"""A worker that does wrong what its argument says; otherwise it completes what it is given."""
import json
import os
import signal
import socket
import sys
import time

mode = sys.argv[1]
channel = socket.socket(fileno=int(os.environ["HAKOBI_SOCKET"]))
service = channel.makefile("rw", encoding="utf-8", newline="\n")


def say(**message):
    service.write(json.dumps(message) + "\n")
    service.flush()


def write(text):
    service.write(text)
    service.flush()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


if mode == "die-at-start":
    sys.exit("no database")
if mode == "slow-start":
    time.sleep(1000)
if mode == "noise-at-start":
    print("Hello, world!", flush=True)
if mode == "die-after-first-start":
    if os.path.exists("started"):
        sys.exit("not a second time")
    open("started", "w").close()
if mode == "ignore-term":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)



def leave_with_the_others(number, frame):
    open(f"asked-{os.getpid()}", "w").close()
    while sum(name.startswith("asked-") for name in os.listdir(".")) < 3:
        time.sleep(0.01)
    open(f"left-{os.getpid()}", "w").close()
    os._exit(0)


if mode == "leave-together":
    signal.signal(signal.SIGTERM, leave_with_the_others)

hello = {"type": "hello", "version": 1, "kinds": ["x", "die"]}
if mode == "other-kinds":
    hello["kinds"].append(str(os.getpid()))
if mode == "silent":
    hello["heartbeat"] = 0.5
say(**hello)
done = 0
for line in service:
    job = json.loads(line)
    if job["type"] != "job":
        continue
    with open("pid", "w") as file:
        file.write(str(os.getpid()))
    completed = {"type": "outcome", "id": job["id"], "outcome": "completed"}
    if job["kind"] == "die" or mode == "die":
        print("out of luck", file=sys.stderr, flush=True)
        die()
    if mode == "exit":
        sys.exit("why it left")
    if mode == "noise":
        print("debugging ...", flush=True)
    if mode == "half-line":
        write('{"type":"outcome"')
        die()
    if mode == "oversized":
        write('{"type":"log","message":"' + "x" * 5_000_000 + '"}\n')
    if mode == "wrong-job":
        completed["id"] = "0190f5fe-7c00-7a00-8000-000000000001"
    if mode == "unknown":
        say(type="of-tomorrow", id=job["id"])
    if mode in ("hang", "ignore-term", "silent"):
        time.sleep(1000)
    if mode == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    if mode == "close":
        service.close()
        channel.close()
        os.close(0)
        os.close(1)
        time.sleep(1000)
    if mode == "at-the-end":
        while service.readline():
            pass
    if mode in ("stop-cancelled", "stop-failed"):
        while json.loads(service.readline())["type"] != "cancel":
            pass
        completed.update(outcome=mode[5:], error="stopped", delay=3600)
    if mode == "note-drain":
        while json.loads(service.readline())["type"] != "drain":
            pass
        with open("drained", "w") as file:
            file.write("yes")
        time.sleep(1000)
    if mode == "bad-follow-up":
        say(type="enqueue", id=job["id"], kind="x", priority=11)
    say(**completed)
    done += 1
    if mode == "twice":
        say(**completed)
    if mode == "die-after" and done == 1:
        die()
    if mode == "leave-after":
        sys.exit(0)
if mode == "leave-together":
    time.sleep(1000)
