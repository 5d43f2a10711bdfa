#!/usr/bin/env bash
# A disk that is full, and a folder that turns read-only in the middle of a run: the run ends with a
# sentence, goes on when all is well again, and ends as one that was left alone, to the byte.
# Needs root, to mount small file systems in memory, and for the folder a user who is not: root
# writes everywhere. disk.sh [ROUNDS]
set -euo pipefail
rounds=${1:-20}
work=$(mktemp -d)
program=$work/two-networks
disk=$work/disk
cp "${TWO_NETWORKS:-target/release/two-networks}" "$program"
mkdir "$disk"
chmod -R go+rX "$work"
user=()
trap 'umount -l "$disk" 2>/dev/null || true; rm -rf "$work"' EXIT

echo '{"hidden": 200, "snapshot_every": 3, "epochs_hebbian": 60, "epochs_readout": 60,
"epochs_backprop": 60}' >"$work/settings.json"
run() { "${user[@]}" "$program" --ui none --checkpoint-every 0 "$@" >/dev/null 2>"$work/stderr"; }
fresh() { run --config "$work/settings.json" --out "$1"; }

# Whether the error is one sentence that names the folder and the reason.
explained() { ! grep -q panicked "$work/stderr" && grep -q "^error: .*$disk.*$1" "$work/stderr"; }

same() {
    for file in config.json metrics.csv analysis.json hebbian.safetensors backprop.safetensors \
        snapshots.safetensors; do
        cmp "$work/reference/$file" "$disk/run/$file"
    done
}

resume() {
    if [ -e "$disk/run/checkpoint/start-0000000.checkpoint" ]; then
        run --resume "$disk/run"
    else
        fresh "$disk/run"
    fi
}

started=$(date +%s%N)
fresh "$work/reference"
milliseconds=$((($(date +%s%N) - started) / 1000000))

full=0
for kib in 4 16 64 128 256 384 512 640 768 896 1024 1280 1536 2048; do
    mount -t tmpfs -o "size=${kib}k" tmpfs "$disk"
    if ! fresh "$disk/run"; then
        explained "No space left on device" || { cat "$work/stderr"; exit 1; }
        # A result says that all it stands for is there; only the report may be missing.
        [ ! -e "$disk/run/result.json" ] || same
        mount -o remount,size=64m "$disk"
        resume
        full=$((full + 1))
    fi
    same
    umount "$disk"
done

locked=0
user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
for round in $(seq "$rounds"); do
    mount -t tmpfs -o size=64m,mode=777 tmpfs "$disk"
    fresh "$disk/run" &
    pid=$!
    sleep "$(awk -v t="$milliseconds" -v r="$RANDOM" 'BEGIN { print t / 1000 * r / 32768 }')"
    chmod a-w "$disk" "$disk/run" "$disk/run/checkpoint" 2>/dev/null || true
    if ! wait "$pid"; then
        explained "Permission denied" || { cat "$work/stderr"; exit 1; }
        chmod a+w "$disk" "$disk/run" "$disk/run/checkpoint" 2>/dev/null || true
        resume
        locked=$((locked + 1))
    fi
    same
    umount "$disk"
done
echo "full disks: $full, folders read-only in the middle: $locked; all ended as if left alone"
