#!/bin/sh
# A worker for Hakobi, as in: hakobi up --worker 'sh worker.sh'
#
# Without a reader of JSON, so it trusts the promised order: a job's line begins with type, id and kind, and its payload is the
# last member (metadata that hold ,"payload": would fool it).

# The service speaks through a socket of its own; what anybody prints goes to standard error, and so into the log.
exec <&"$HAKOBI_SOCKET" 1>&2

say() { printf '%s\n' "$1" >&"$HAKOBI_SOCKET"; }

# The first text of that name in the line.
text() {
    rest=${line#*\"$1\":\"}
    printf '%s' "${rest%%\"*}"
}

# Each handler is given the job's id, and prints nothing but the outcome's members to where $( ) reads them.
handle() {
    case $line in
        *',"payload":'*) name=result value=${line#*,\"payload\":} ;;
        *) name=result64 value=${line#*,\"payload64\":} ;;
    esac
    case $1 in
        echo) printf '"outcome":"completed","%s":%s' "$name" "${value%\}}" ;;
        fail) printf '"outcome":"failed","error":"as it was asked to"' ;;
        follow)
            # The follow-up is stored in the same transaction as this job's completion, or not at all.
            say "{\"type\":\"enqueue\",\"id\":\"$id\",\"kind\":\"echo\",\"payload\":\"follows\"}"
            printf '"outcome":"completed"'
            ;;
        count)
            for done in 1 2 3; do
                say "{\"type\":\"progress\",\"id\":\"$id\",\"done\":$done,\"total\":3,\"checkpoint\":{\"done\":$done}}"
            done
            printf '"outcome":"completed"'
            ;;
        talk)
            echo "this line is in the log" >&2
            printf '"outcome":"completed"'
            ;;
        wait)
            # Runs until it is told to stop.
            while read -r line && [ "$(text type)" != cancel ]; do :; done
            printf '"outcome":"cancelled"'
            ;;
    esac
}

say '{"type":"hello","version":1,"kinds":["echo","fail","follow","count","talk","wait"]}'
while read -r line; do
    # Passed over: a hello, a drain, a cancel that came too late, or what a later release says.
    [ "$(text type)" = job ] || continue
    id=$(text id)
    say "{\"type\":\"outcome\",\"id\":\"$id\",$(handle "$(text kind)")}"
done
