#!/usr/bin/env bash
# Shows Hakobi at work on real input: every regular file of this machine's documentation tree is digested twice, once by a
# Swift handler and once by a shell command, both in preforked worker processes; then every sum is checked by sha256sum.
# ONCE=1 ends after the check; otherwise the service goes on until Ctrl-C. FILES=DIRECTORY chooses the tree,
# PROCESSES=N the number of worker processes, DATA=DIRECTORY a place to keep (else a temporary one).
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

least=2000
service=0

# One of these paths a line; names that a line cannot carry, or that are not UTF-8, are left out.
list_files() { find "$1" -type f -readable -print0 2>/dev/null | grep -zv '[[:cntrl:]]' | tr '\0' '\n' | iconv -f UTF-8 -t UTF-8 -c | sort; }

choose_files() {
    local tree count
    for tree in ${FILES:+"$FILES"} /usr/share/doc /usr/share /usr/include /usr; do
        [[ -d $tree ]] || continue
        list_files "$tree" | head -n 20000 >"$data/files"
        count="$(wc -l <"$data/files")"
        ((count >= least)) && { say "input: $count files of $tree"; return; }
        echo "$tree has $count regular files, fewer than $least: looking at another tree"
    done
    fail "no tree with $least regular files was found: set FILES=DIRECTORY"
}

stop_service() {
    ((service)) || return 0
    local pid=$service
    service=0
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" || true
}
finish() {
    stop_service
    [[ -n "${DATA:-}" ]] || rm -rf -- "$data"
}

hakobi() { "$bin/hakobi-sample" "$@" --store "$store"; }
count() { sed -n "s/.*\"states\":{[^}]*\"$1\":\([0-9]*\).*/\1/p" <<<"$2"; }
microseconds() { date +%s%6N; }

# One line a second until nothing waits or runs.
show_progress() {
    local stats done dead left previous=0
    while :; do
        stats="$(hakobi stats --json)"
        done="$(count completed "$stats")" dead="$(count dead "$stats")"
        left=$(($(count available "$stats") + $(count running "$stats")))
        printf '%7d of %d done  %5d/s  %d running  %d dead\n' \
            "$done" "$total" $((done - previous)) "$(count running "$stats")" "$dead"
        ((left == 0)) && break
        kill -0 "$service" 2>/dev/null || fail "the service ended early; its log: $(tail -n 5 "$data/log")"
        previous=$done
        sleep 1
    done
    ((dead == 0)) || fail "$dead jobs are dead: $(hakobi jobs --state dead --json | head -n 1)"
}

# Sums and words by the system's own programs, compared line by line with what the handlers wrote. A job may have run
# more than once (at least once is the law), so equal lines count as one.
check_results() {
    local way
    tr '\n' '\0' <"$data/files" | xargs -0 sha256sum -z | tr '\0' '\n' | sed 's/^\([0-9a-f]\{64\}\) .\(.*\)/\1 \2/' >"$data/sums"
    while IFS= read -r file; do LC_ALL=C wc -w <"$file"; done <"$data/files" >"$data/words"
    paste -d ' ' <(cut -d ' ' -f 1 "$data/sums") "$data/words" <(cut -d ' ' -f 2- "$data/sums") \
        | sed 's/^\([^ ]*\) \([^ ]*\) /\1  \2  /' | sort >"$data/expected"
    for way in swift exec; do
        sort -u "$data/results/$way.txt" >"$data/$way.sorted"
        diff "$data/expected" "$data/$way.sorted" >"$data/$way.diff" \
            || fail "$way handler: $(grep -c '^[<>]' "$data/$way.diff") lines differ from sha256sum and wc: $(head -n 3 "$data/$way.diff")"
        echo "$way handler: $(wc -l <"$data/$way.sorted") sums and word counts equal to sha256sum's and wc's"
    done
}

# From the store's acceptance of a job to its start, on the now idle service; each job is enqueued by a process of its own.
measure_pickup() {
    local id file
    for _ in $(seq 40); do
        file="$(shuf -n 1 "$data/files")"
        id="$(as_json <<<"$file" | hakobi enqueue digest -)"
        sleep 0.05
        hakobi show "$id" --json
    done | python3 -c '
import datetime, json, sys
at = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
jobs = [json.loads(line) for line in sys.stdin]
ms = sorted((at(job["history"][0]["startedAt"]) - at(job["createdAt"])) * 1000 for job in jobs if job["history"])
pick = lambda share: ms[min(len(ms) - 1, int(len(ms) * share))]
print(f"pickup on the idle service, {len(ms)} jobs: p50 {pick(0.5):.2f} ms, p95 {pick(0.95):.2f} ms, most {ms[-1]:.2f} ms")
'
}

as_json() { sed 's/[\\"]/\\&/g; s/.*/{"path":"&"}/'; }

scripts/setup.sh
say "release build"
build_release hakobi hakobi-sample
bin="$(release_path)"

data="${DATA:-$(mktemp -d "${TMPDIR:-/tmp}/hakobi-run.XXXXXX")}"
mkdir -p "$data/results"
rm -f "$data"/results/*.txt
store="sqlite:$data/jobs.db"
trap finish EXIT
trap 'exit 130' INT TERM
choose_files
total=$(($(wc -l <"$data/files") * 2))

say "service: ${PROCESSES:-2} worker processes; log: $data/log"
export SAMPLE_RESULTS="$data/results"
# shellcheck disable=SC2016  # the worker's shell is to expand these, not this one
"$bin/hakobi-sample" up --store "$store" --processes "${PROCESSES:-2}" \
    --exec 'digest-exec=read -r path; sum=$(sha256sum <"$path") && words=$(LC_ALL=C wc -w <"$path") && echo "${sum%% *}  $words  $path" >>"$SAMPLE_RESULTS/exec.txt"' \
    >"$data/log" 2>&1 &
service=$!

say "work: $total jobs, each file once in Swift and once by sha256sum and wc"
start="$(microseconds)"
as_json <"$data/files" | hakobi enqueue digest --lines >"$data/ids"
hakobi enqueue digest-exec --raw --lines <"$data/files" >>"$data/ids"
show_progress
taken=$(($(microseconds) - start))

say "check"
[[ $(wc -l <"$data/ids") -eq $total ]] || fail "$(wc -l <"$data/ids") ids were printed for $total jobs"
check_results

say "figures"
echo "$total jobs in $((taken / 1000)) ms: $((total * 1000000 / taken)) jobs/s, enqueueing included, half of them a shell and two programs each"
measure_pickup
hakobi ps

[[ -n "${ONCE:-}" ]] && exit 0
say "serving until Ctrl-C; try, in another terminal:"
echo "  $bin/hakobi-sample watch --store $store"
echo "  $bin/hakobi-sample enqueue digest '{\"path\":\"/etc/hostname\"}' --store $store"
wait "$service" || true
