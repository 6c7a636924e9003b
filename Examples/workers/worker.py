#!/usr/bin/env python3
"""A worker for Hakobi, as in: hakobi up --worker 'python3 worker.py'"""
import json
import os
import socket

# The service speaks through a socket of its own; what anybody prints goes to standard error, and so into the log.
service = socket.socket(fileno=int(os.environ["HAKOBI_SOCKET"])).makefile("rw", encoding="utf-8", newline="\n")
os.dup2(2, 1)


def say(**message):
    service.write(json.dumps(message) + "\n")
    service.flush()


def echo(job):
    """Completes with its payload as the result; bytes that are not JSON come and go as Base64."""
    return {"result64": job["payload64"]} if "payload64" in job else {"result": job["payload"]}


def fail(job):
    raise ValueError("as it was asked to")


def follow(job):
    """The follow-up is stored in the same transaction as this job's completion, or not at all."""
    say(type="enqueue", id=job["id"], kind="echo", payload="follows")


def count(job):
    for done in range(1, 4):
        say(type="progress", id=job["id"], done=done, total=3, checkpoint={"done": done})


def talk(job):
    print("this line is in the log")


def wait(job):
    """Runs until it is told to stop."""
    for line in service:
        if json.loads(line)["type"] == "cancel":
            return {"outcome": "cancelled"}


handlers = {handler.__name__: handler for handler in (echo, fail, follow, count, talk, wait)}
say(type="hello", version=1, kinds=list(handlers))
for line in service:
    job = json.loads(line)
    if job["type"] != "job":
        continue  # a hello, a drain, a cancel that came too late, or what a later release says
    try:
        outcome = handlers[job["kind"]](job)
    except Exception as error:
        outcome = {"outcome": "failed", "error": repr(error)}
    say(**{"type": "outcome", "id": job["id"], "outcome": "completed", **(outcome or {})})
