"""Figures of one run of `make bench`, as tables with ratios; --write PAGE replaces a page of the documents by them.

Reads lines of JSON: cells of `hakobi bench --json`, and lines of scripts/peers. A peer measured twice counts with the
better of its two figures: the ratios are those that flatter Hakobi least.
"""

import datetime
import json
import os
import platform
import subprocess
import sys

# What is compared with what, and the ratio that is aimed at.
GOALS = [
    ("drain-in-process", "litequeue drain", 5.0),
    ("drain-in-process", "huey drain", 11.0),
    ("drain-preforked", "litequeue drain", 3.0),
    ("drain-backlog-in-process", "drain-in-process", 0.95),
    ("drain-backlog-preforked", "drain-preforked", 0.95),
    ("enqueue-1", "sqlite insert_commit", 0.7),
    ("enqueue-16", "sqlite insert_commit", 3.0),
    ("enqueue-bulk", "sqlite insert_bulk", 0.5),
]


def read(path):
    cells, peers = {}, {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("{"):
                continue
            entry = json.loads(line)
            if "cell" in entry:
                cells[entry["cell"]] = entry
            else:
                name = f"{entry['peer']} {entry['figure']}"
                if name not in peers or entry["per_second"] > peers[name]["per_second"]:
                    peers[name] = entry
    return cells, peers


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def number(value):
    if isinstance(value, dict):
        return ", ".join(f"{name} {number(each)}" for name, each in value.items())
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def cell_rows(cells):
    for name, cell in cells.items():
        figures = [f"{key} {number(value)}" for key, value in cell.items() if key != "cell"]
        yield [f"`{name}`", "; ".join(figures)]


def peer_rows(peers):
    for name, peer in peers.items():
        more = ", ".join(f"{key} {peer[key]}" for key in ("jobs", "backlog", "batch", "workers") if key in peer)
        yield [name, peer["version"], number(peer["per_second"]), more]


def goal_rows(cells, peers):
    rates = {name: cell["jobs_per_second"] for name, cell in cells.items() if "jobs_per_second" in cell}
    rates.update({name: peer["per_second"] for name, peer in peers.items()})
    for ours, theirs, goal in GOALS:
        if ours in rates and theirs in rates:
            ratio = rates[ours] / rates[theirs]
            yield [ours, theirs, f"{ratio:.2f}", f"≥ {goal}", "yes" if ratio >= goal else "no"]
    for name in ("pickup-in-process", "pickup-preforked"):
        pickup = cells.get(name, {}).get("pickup_ms")
        if pickup:
            reached = pickup["p50"] < 2 and pickup["p99"] < 10
            yield [name, "–", f"p50 {pickup['p50']:.2f} ms, p99 {pickup['p99']:.2f} ms", "< 2 ms, < 10 ms", "yes" if reached else "no"]
    idle = cells.get("idle")
    if idle:
        for key, limit in (("idle_cpu_percent", 1), ("resident_parent_mb", 60), ("resident_worker_mb", 20)):
            yield ["idle", "–", f"{key} {number(idle[key])}", f"≤ {limit}", "yes" if idle[key] <= limit else "no"]


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown processor")
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[0]
    return f"{os.cpu_count()} × {model}; Linux {platform.release()}; {swift}; load {os.getloadavg()[0]:.1f} at the end"


def page(figures, release):
    cells, peers = read(figures)
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    lines = [
        "# Measurements", "",
        f"Made on {today} by `WRITE=1 make bench`: {release.strip()}; {machine()}.", "",
        "Figures of one machine say little, ratios within one run say more: goals are stated in them. The peers run",
        "before and after, each in the way that is kindest to it ([scripts/peers](../scripts/peers)), and count with the",
        "better of two figures. litequeue has no handlers, retries or history, and commits without waiting for the disk",
        "(synchronous = NORMAL); huey runs with its own defaults, results and logs off; Hakobi with its own: durable",
        "(FULL), history, metrics and one log line a job. Goals are for two cores.", "",
        "## Ratios", "",
    ]
    lines += table(["measured", "against", "is", "goal", "reached"], goal_rows(cells, peers))
    lines += ["## Cells", ""] + table(["cell", "figures"], cell_rows(cells))
    lines += ["## Peers", ""] + table(["peer", "version", "a second", "with"], peer_rows(peers))
    return "\n".join(lines)


text = page(sys.argv[1], sys.argv[2])
print(text)
if "--write" in sys.argv:
    with open(sys.argv[sys.argv.index("--write") + 1], "w", encoding="utf-8") as file:
        file.write(text)
