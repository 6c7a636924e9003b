"""Figures of one run of `make bench`, as tables with ratios; --write PAGE replaces a page of the documents by them, and
--part PAGE the rows of what was measured.

Reads lines of JSON: `{"store": NAME}` begins a store's section; then come cells of `hakobi bench --json` and lines of
scripts/peers. A peer measured twice counts with the better of its two figures: the ratios are those that flatter
Hakobi least.
"""

import datetime
import json
import os
import platform
import subprocess
import sys

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL", "mariadb": "MariaDB"}

# What is compared with what, and the ratio that is aimed at; None where there is no goal and the ratio is only told.
GOALS = {
    "sqlite": [
        ("drain-in-process", "litequeue drain", 5.0),
        ("drain-in-process", "huey drain", 11.0),
        ("drain-preforked", "litequeue drain", 3.0),
        ("drain-backlog-in-process", "drain-backlog-in-process with few waiting", 0.95),
        ("drain-backlog-preforked", "drain-backlog-preforked with few waiting", 0.95),
        ("enqueue-1", "sqlite insert_commit", 0.7),
        ("enqueue-16", "sqlite insert_commit", 3.0),
        ("enqueue-bulk", "sqlite insert_bulk", 0.5),
    ],
    "postgres": [
        ("drain-in-process", "fastest peer", 1.5),
        ("drain-preforked", "fastest peer", 1.0),
        ("drain-in-process-no-log", "fastest peer", None),
        ("drain-in-process", "pgqueuer drain", None),
        ("drain-in-process", "river drain", None),
        ("drain-in-process", "oban drain", None),
        ("drain-in-process", "procrastinate drain", None),
        ("drain-in-process", "celery drain", None),
        ("drain-in-process", "postgres claim_delete_1000", None),
        ("drain-in-process", "postgres take_1000", None),
        ("drain-backlog-in-process", "drain-backlog-in-process with few waiting", 0.95),
        ("drain-backlog-preforked", "drain-backlog-preforked with few waiting", 0.95),
        ("enqueue-1", "postgres insert_commit", 0.9),
        ("enqueue-16", "enqueue-1", 5.0),
        ("enqueue-bulk", "river COPY", 1.0),
        ("enqueue-bulk", "postgres copy", None),
    ],
    "mariadb": [
        ("drain-in-process", "theschwartz drain", 30.0),
        ("drain-in-process", "PostgreSQL drain-in-process", 0.5),
        ("drain-in-process", "mariadb take_1000", None),
        ("drain-backlog-in-process", "drain-backlog-in-process with few waiting", 0.95),
        ("drain-backlog-preforked", "drain-backlog-preforked with few waiting", 0.95),
        ("enqueue-1", "mariadb insert_commit", 0.9),
        ("enqueue-16", "enqueue-1", 5.0),
        ("enqueue-bulk", "mariadb insert_bulk", None),
    ],
}
# Milliseconds, p50 and p99.
PICKUP = {"sqlite": (2, 10), "postgres": (1.5, 5), "mariadb": (2, 8)}
IDLE = (("idle_cpu_percent", 1), ("resident_parent_mb", 60), ("resident_worker_mb", 20))

# Peers that cannot be had here: what they did beside another one, on this kind of machine, when all were measured.
RECKONED = {
    "graphile-worker drain": ("pgqueuer drain", 1.4),
    "river drain": ("pgqueuer drain", 0.9),
    "river COPY": ("postgres copy", 0.32),
}

NOTES = {
    "sqlite": """litequeue has no handlers, retries or history, and commits without waiting for the disk (synchronous = NORMAL); huey runs
with its own defaults, results and logs off; Hakobi with its own: durable (FULL), history, metrics and two log lines a
job.""",
    "postgres": """A server with durable defaults (fsync and synchronous_commit on) that shares the two cores. The peers run beside it on
uvloop, logs off, in the fastest of several settings; a drain counts from the first handler's start to the last one's.
Oban for Python asks for a newer Python than Debian's and runs here with one type alias rewritten.
Celery goes through kombu's SQLAlchemy transport. `postgres` is the server itself: pgbench with prepared statements,
COPY, and loops that claim and delete without running anything. WAL is that of enqueue and drain together.""",
    "mariadb": """A server with durable defaults (innodb_flush_log_at_trx_commit = 1) that shares the two cores. TheSchwartz is Debian's,
with its own loop, in the best number of processes. `mariadb` is the server itself, by mariadb-slap.""",
}


class Section:
    """What was measured on one store."""

    def __init__(self):
        self.cells, self.peers = {}, {}

    def add(self, entry):
        if "cell" in entry:
            self.cells[entry["cell"]] = entry
            return
        name = f"{entry['peer']} {entry['figure']}"
        if name not in self.peers or better(entry, self.peers[name]):
            self.peers[name] = entry

    def rates(self):
        """Of everything that can be compared, by name; peers that are only reckoned among them."""
        rates = {name: cell["jobs_per_second"] for name, cell in self.cells.items() if "jobs_per_second" in cell}
        rates.update(
            {f"{name} with few waiting": cell["jobs_per_second_few"] for name, cell in self.cells.items() if "jobs_per_second_few" in cell}
        )
        rates.update({name: peer["per_second"] for name, peer in self.peers.items() if "per_second" in peer})
        for name, (other, factor) in RECKONED.items():
            if other in rates:
                rates[name] = rates[other] * factor
        drains = [rate for name, rate in rates.items() if name.endswith(" drain")]
        if drains:
            rates["fastest peer"] = max(drains)
        return rates


def better(entry, known):
    if "pickup_ms" in entry:
        return entry["pickup_ms"]["p50"] < known["pickup_ms"]["p50"]
    return entry["per_second"] > known["per_second"]


def read(path):
    sections = {}
    store = "sqlite"
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("{"):
                continue
            entry = json.loads(line)
            if "cell" in entry or "peer" in entry:
                sections.setdefault(store, Section()).add(entry)
            else:
                store = entry["store"]
    return sections


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def number(value):
    if isinstance(value, dict):
        return ", ".join(f"{name} {number(each)}" for name, each in value.items())
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def cell_rows(cells):
    for name, cell in cells.items():
        figures = [f"{key} {number(value)}" for key, value in cell.items() if key not in ("cell", "store")]
        yield [f"`{name}`", "; ".join(figures)]


def peer_rows(peers):
    for name, peer in peers.items():
        told = ("peer", "figure", "version", "per_second", "pickup_ms")
        more = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in peer.items() if key not in told)
        figure = number(peer["per_second"]) if "per_second" in peer else number(peer["pickup_ms"]) + " ms"
        yield [name, peer["version"], figure, more]


def named(reference, rates):
    if reference == "fastest peer":
        fastest = next(name for name, rate in rates.items() if name.endswith(" drain") and rate == rates[reference])
        return f"fastest peer: {named(fastest, rates)}"
    if reference in RECKONED:
        other, factor = RECKONED[reference]
        return f"{reference} (reckoned: {factor} × {other})"
    return reference


def reached(holds):
    return "yes" if holds else "no"


def ratio_rows(goals, rates):
    for ours, theirs, goal in goals:
        if ours in rates and theirs in rates:
            ratio = rates[ours] / rates[theirs]
            aim = ["–", "–"] if goal is None else [f"≥ {goal}", reached(ratio >= goal)]
            yield [ours, named(theirs, rates), f"{ratio:.2f}", *aim]


def limit_rows(store, section):
    most50, most99 = PICKUP[store]
    for name in ("pickup-in-process", "pickup-preforked"):
        pickup = section.cells.get(name, {}).get("pickup_ms")
        if pickup:
            holds = pickup["p50"] < most50 and pickup["p99"] < most99
            figure = f"p50 {pickup['p50']:.2f} ms, p99 {pickup['p99']:.2f} ms"
            yield [name, "–", figure, f"< {most50} ms, < {most99} ms", reached(holds)]
            least = section.peers.get(f"{store} pickup")
            if least:
                ratio = pickup["p50"] / least["pickup_ms"]["p50"]
                yield [name, f"{store} pickup: two commits and nothing else", f"{ratio:.2f} of p50", "–", "–"]
    far = section.cells.get("pickup-far", {}).get("pickup_ms")
    if far:
        yield ["pickup-far", "–", f"p50 {far['p50']:.2f} ms, p99 {far['p99']:.2f} ms", "–", "–"]
    held = section.cells.get("held-snapshot", {})
    if "pages_ratio" in held:
        yield ["held-snapshot", "the clean run", f"{held['pages_ratio']:.2f} pages a job", "≤ 2", reached(held["pages_ratio"] <= 2)]
    idle = section.cells.get("idle", {})
    for key, limit in IDLE:
        if key in idle:
            yield ["idle", "–", f"{key} {number(idle[key])}", f"≤ {limit}", reached(idle[key] <= limit)]


def wal_rows(section):
    """No more bytes of WAL a job than the leanest peer writes."""
    peers = {
        name: peer["wal_bytes_per_job"]
        for name, peer in section.peers.items()
        if name.endswith(" drain") and "wal_bytes_per_job" in peer
    }
    for name, cell in section.cells.items():
        if peers and "wal_bytes_per_job" in cell:
            least = min(peers, key=peers.get)
            ours = cell["wal_bytes_per_job"]
            yield [name, least, f"{number(ours)} B of WAL a job", f"≤ {number(peers[least])} B", reached(ours <= peers[least])]


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown processor")
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[0]
    return f"{os.cpu_count()} × {model}; Linux {platform.release()}; {swift}; load {os.getloadavg()[0]:.1f} at the end"


def part(store, section, rates):
    rows = [*ratio_rows(GOALS[store], rates), *limit_rows(store, section), *wal_rows(section)]
    return [
        f"## {NAMES[store]}", "", NOTES[store], "",
        "### Ratios", "", *table(["measured", "against", "is", "goal", "reached"], rows),
        "### Cells", "", *table(["cell", "figures"], cell_rows(section.cells)),
        "### Peers", "", *table(["peer", "version", "a second", "with"], peer_rows(section.peers)),
    ]


def page(figures, release):
    sections = read(figures)
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    stores = " ".join(sections)
    command = "make bench" if stores == "sqlite" else f'STORES="{stores}" make bench'
    lines = [
        "# Measurements", "",
        f"Made on {today} by `WRITE=1 {command}`: {release.strip()}; {machine()}.", "",
        "Figures of one machine say little, ratios within one run say more: goals are stated in them. The peers run",
        "before and after, each in the way that is kindest to it ([scripts/peers](../scripts/peers)), and count with the",
        "better of two figures. Goals are for two cores.", "",
    ]
    rates = {store: section.rates() for store, section in sections.items()}
    for store, section in sections.items():
        others = {
            f"{NAMES[other]} {name}": rate for other in rates if other != store for name, rate in rates[other].items()
        }
        lines += part(store, section, others | rates[store])
    return "\n".join(lines)


def begins(line, cells):
    return line.startswith(tuple(f"| {cell} |" for cell in cells) + tuple(f"| `{cell}` |" for cell in cells))


def replaced(old, new, store, cells):
    """The old page with the new one's rows of these cells of one store; a note says which they are."""
    lines = old.split("\n")
    heading = f"## {NAMES[store]}"
    start = lines.index(heading) if heading in lines else 0
    end = next((index for index in range(start + 1, len(lines)) if start and lines[index].startswith("## ")), len(lines))
    rows = [line for line in new.split("\n") if begins(line, cells)]
    middle = []
    for line in lines[start:end]:
        first = line.split(" | ")[0]
        if not begins(line, cells):
            middle.append(line)
        middle += [row for row in rows if row.split(" | ")[0] == first]
        rows = [row for row in rows if row.split(" | ")[0] != first]
    lines[start:end] = middle
    made = next(line for line in new.split("\n") if line.startswith("Made on"))
    names = f"Measured again on {NAMES[store]}: " + ", ".join(f"`{cell}`" for cell in cells)
    note = f"{names}, {made.split(' by ')[0].removeprefix('Made ')}; {made.split('; ')[-1]}"
    # An earlier note on the same cells is out of date.
    for index in reversed([index for index, line in enumerate(lines) if line.startswith(f"{names}, on ")]):
        del lines[index : index + 2]
    place = next(index for index, line in enumerate(lines) if line.startswith("Figures of one machine"))
    return "\n".join(lines[:place] + [note, ""] + lines[place:])


text = page(sys.argv[1], sys.argv[2])
print(text)
if "--write" in sys.argv or "--part" in sys.argv:
    is_part = "--part" in sys.argv
    where = sys.argv[sys.argv.index("--part" if is_part else "--write") + 1]
    if is_part:
        with open(where, encoding="utf-8") as file:
            [(store, section)] = read(sys.argv[1]).items()
            text = replaced(file.read(), text, store, list(section.cells))
    else:
        # The last sections are measured by scripts/worker-bench.sh and scripts/mail-cost.py.
        with open(where, encoding="utf-8") as file:
            old = file.read()
        kept = [place for name in ("Worker programs", "Mail", "Log lines") if (place := old.find(f"\n\n## {name}\n")) >= 0]
        text = text.rstrip("\n") + (old[min(kept) :] if kept else "\n")
    with open(where, "w", encoding="utf-8") as file:
        file.write(text)
