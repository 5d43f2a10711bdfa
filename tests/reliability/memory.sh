#!/usr/bin/env bash
# 2,000 epochs of each training on the digits, with the resident memory of the program once a second.
# memory.sh BACKEND FOLDER [FLAG...] writes FOLDER/memory.csv: seconds, KiB, and the newest checkpoint.
set -euo pipefail
backend=$1 folder=$2
shift 2
program=${TWO_NETWORKS:-target/release/two-networks}
rm -rf "$folder/run" && mkdir -p "$folder"

"$program" --ui none --backend "$backend" --out "$folder/run" --checkpoint-every 10 \
    --epochs-hebbian 2000 --epochs-readout 2000 --epochs-backprop 2000 --snapshot-every 200 "$@" &
pid=$!
started=$SECONDS
echo "seconds,resident_kib,newest" >"$folder/memory.csv"
while resident=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [ -n "$resident" ]; do
    newest=$(ls -t "$folder/run/checkpoint" 2>/dev/null | head -n 1) || true
    echo "$((SECONDS - started)),$resident,${newest%.checkpoint}" >>"$folder/memory.csv"
    sleep 1
done
wait "$pid"
