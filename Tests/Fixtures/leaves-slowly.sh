#!/bin/bash
# A new parent that lets go of its pipe at once, never gets ready, and takes its time to leave.
trap 'sleep 0.3; exit 1' TERM
exec {HAKOBI_READY_FD}>&-
while :; do sleep 0.05; done
