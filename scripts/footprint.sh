#!/usr/bin/env bash
# Holds the line on memory at rest: a service of the release build with every store in it, which has nothing to do. Fails when the
# largest of four worker processes has more than 20 MiB resident, or the parent more than 60. HAKOBI=PATH takes that program.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

hakobi="${HAKOBI:-}"
if [[ -z "$hakobi" ]]; then
    build_release hakobi
    hakobi="$(release_path)/hakobi"
fi
data="$(mktemp -d)"
service=0
finish() {
    ((service == 0)) || kill -TERM "$service" 2>/dev/null || true
    wait || true
    rm -rf -- "$data"
}
trap finish EXIT

"$hakobi" up --exec a=cat --processes 4 --store "sqlite:$data/jobs.db" 2>"$data/log" &
service=$!
for ((i = 0; i < 200; i++)); do
    grep -q ready "$data/log" && break
    sleep 0.1
done
grep -q ready "$data/log" || fail "the service is not ready: $(cat "$data/log")"
# What a start leaves behind is to be over.
sleep 2

resident() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }
own() { awk '/^RssAnon:/ { print $2 }' "/proc/$1/status"; }
parent="$(resident "$service")"
largest=0
read -ra workers <<<"$(cat "/proc/$service/task/"*/children)"
((${#workers[@]} == 4)) || fail "there are ${#workers[@]} worker processes, not 4"
for worker in "${workers[@]}"; do
    rss="$(resident "$worker")"
    echo "worker $worker: $rss KiB resident, $(own "$worker") of them its own"
    ((rss <= largest)) || largest="$rss"
done
echo "parent $service: $parent KiB resident, $(own "$service") of them its own"
((largest <= 20 * 1024)) || fail "a worker process at rest has $largest KiB, more than 20 MiB"
((parent <= 60 * 1024)) || fail "a parent at rest has $parent KiB, more than 60 MiB"
