#!/usr/bin/env bash
# Measures Hakobi and its peers in one run, on one disk, and prints figures and ratios. STORES="sqlite postgres mariadb"
# takes those stores, each with its own server and peers (sqlite alone unless told); WRITE=1 writes docs/benchmarks.md,
# WRITE=part with `--cell NAME` and one store only that cell's rows in it, without any peer;
# QUICK=1 takes fewer jobs; HAKOBI=PATH measures that program instead of building it; arguments go to `hakobi bench`.
source "$(dirname -- "${BASH_SOURCE[0]}")/servers.sh"
cd "$root"

read -ra stores <<<"${STORES:-sqlite}"
declare -A debian=(
    [sqlite]=""
    [postgres]="postgresql"
    [mariadb]="mariadb-server mariadb-client libtheschwartz-perl libdbd-mysql-perl"
)
for store in "${stores[@]}"; do
    [[ -v "debian[$store]" ]] || fail "unknown store $store: sqlite, postgres and mariadb are known"
    packages+=" ${debian[$store]}"
done
# shellcheck disable=SC2086 # a list of words
scripts/setup.sh ${packages:-}

hakobi="${HAKOBI:-}"
if [[ -z "$hakobi" ]]; then
    say "release build"
    build_release hakobi
    hakobi="$(release_path)/hakobi"
fi

venv="$root/.build/peers"
install_peers() {
    [[ -x "$venv/bin/python" ]] || python3 -m venv "$venv"
    # Asks nobody when these very versions are there.
    [[ ! -f "scripts/peers/$1.txt" ]] || "$venv/bin/pip" install -q -r "scripts/peers/$1.txt"
    [[ "$1" == postgres ]] || return 0
    # Oban asks for Python 3.12, for a single type alias that an older one cannot read.
    "$venv/bin/pip" install -q --ignore-requires-python oban==0.7.0
    sed -i 's/^type Result\[T\] = /Result = /' "$venv"/lib/python3*/site-packages/oban/job.py
}

# On the checkout's disk, since a /tmp in memory would make every flush free.
scratch="$(mktemp -d "$root/.build/bench.XXXXXX")"
trap 'stop_servers; rm -rf -- "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
figures="$scratch/figures"
jobs_each=20000
[[ -z "${QUICK:-}" ]] || jobs_each=5000

declare -A programs=(
    [sqlite]="raw_sqlite.py litequeue_peer.py huey_peer.py"
    [postgres]="raw_postgres.py pgqueuer_peer.py oban_peer.py procrastinate_peer.py celery_peer.py"
    [mariadb]="raw_mariadb.py theschwartz_peer.pl"
)

# The peers before and after, so that a machine that gets busier in between does not flatter anybody.
peers() {
    local program where="$2"
    [[ "${WRITE:-}" != part ]] || return 0
    for program in ${programs[$1]}; do
        case "$program" in
            *.py) "$venv/bin/python" -B "scripts/peers/$program" $where --jobs "$jobs_each" | tee -a "$figures" ;;
            *.pl) perl "scripts/peers/$program" $where --jobs "$jobs_each" | tee -a "$figures" ;;
        esac
    done
}

measure() {
    local store="$1" peers_at="--directory $scratch" ours_at=(--directory "$scratch")
    shift
    say "$store: its peers, in an environment of their own"
    [[ "${WRITE:-}" == part ]] || install_peers "$store"
    printf '{"store": "%s"}\n' "$store" >>"$figures"
    case "$store" in
        postgres) start_servers postgres && peers_at="--url $HAKOBI_POSTGRES_URL" && ours_at+=(--store "$HAKOBI_POSTGRES_URL") ;;
        mariadb) start_servers mariadb && peers_at="--url $HAKOBI_MARIADB_URL" && ours_at+=(--store "$HAKOBI_MARIADB_URL") ;;
    esac
    [[ "$store" == sqlite ]] || ours_at+=(--restart "$(restart_command "$store")")
    say "$store: peers, first time"
    peers "$store" "$peers_at"
    say "$store: hakobi bench"
    "$hakobi" bench --json "${ours_at[@]}" "$@" | tee -a "$figures"
    say "$store: peers, second time"
    peers "$store" "$peers_at"
    stop_servers
}

for store in "${stores[@]}"; do measure "$store" "$@"; done

say "ratios"
writing=()
case "${WRITE:-}" in
    "") ;;
    part) writing=(--part docs/benchmarks.md) ;;
    *) writing=(--write docs/benchmarks.md) ;;
esac
python3 -B scripts/ratios.py "$figures" "$("$hakobi" version | head -n 1)" "${writing[@]}"
