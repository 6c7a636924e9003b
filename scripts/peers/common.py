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
    parser.add_argument("--url", default=None, help="a server on which databases may be made and dropped")
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


def percentiles(sample):
    ordered = sorted(sample)
    at = {percent: ordered[max(0, (len(ordered) * percent + 99) // 100 - 1)] for percent in (50, 95, 99)}
    return {f"p{percent}": round(value, 3) for percent, value in at.items()}


def report(peer, figure, value, **more):
    rate = {} if value is None else {"per_second": round(value, 1)}
    print(json.dumps({"peer": peer, "figure": figure, **rate, **more}))
    sys.stdout.flush()
