"""What the peers share: a scratch file, a stopwatch, and one JSON object a line."""

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time

PAYLOAD = json.dumps({"userID": 123456789, "note": "x" * 72}, separators=(",", ":"))


def arguments(jobs):
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=jobs)
    parser.add_argument("--directory", default=None, help="where the scratch database goes; the disk is what is measured")
    return parser.parse_args()


@contextlib.contextmanager
def scratch(directory):
    path = tempfile.mkdtemp(prefix="hakobi-peer-", dir=directory)
    try:
        yield os.path.join(path, "peer.db")
    finally:
        shutil.rmtree(path, ignore_errors=True)


def per_second(count, work):
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def report(peer, figure, value, **more):
    print(json.dumps({"peer": peer, "figure": figure, "per_second": round(value, 1), **more}))
    sys.stdout.flush()
