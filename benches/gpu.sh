#!/usr/bin/env bash
# What a GPU does: the tests of the backends, the time of a step, and whole runs, as files in results/gpu/CARD.
#
#   benches/gpu.sh BACKEND DATA_DIR         build and measure, on a machine with a GPU
#   benches/gpu.sh build BACKEND FOLDER     only build, into a folder to carry there
#   benches/gpu.sh run BACKEND DATA_DIR FOLDER
#
# BACKEND is a feature that needs a GPU: wgpu, vulkan, cuda. The runs are 1000 epochs of MNIST and a deep network on the
# digits. GPU_CARD names the card where neither nvidia-smi nor vulkaninfo does. With GPU_TRY=1 all is tiny: a software
# driver is slow, and cannot hold MNIST.
set -euo pipefail
cd "$(dirname "$0")/.."
# Without it some drivers complain at each test.
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp}

build() {
    local backend=$1 folder=$2
    mkdir -p "$folder"
    # In one command: with and without tests, cargo may choose other features, and compile Burn twice.
    cargo build --release --workspace --features "$backend" --bins --test all \
        --message-format=json-render-diagnostics | executables |
        while read -r program; do
            case $program in
            */all-*) cp "$program" "$folder/all-tests" ;;
            */two-networks | */deep-local | */step) cp "$program" "$folder" ;;
            esac
        done
}

# The paths of the programs among cargo's messages.
executables() {
    grep -oP '"executable":"\K[^"]+'
}

# The card and its driver, as whichever program that is there tells them.
card() {
    nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null | head -n 1 && return
    vulkaninfo --summary 2>/dev/null | awk -F= '/deviceName|driverInfo/ {printf "%s,", $2} END {print ""}' |
        sed 's/^ *//; s/,$//' | grep . && return
    echo "${GPU_CARD:-unknown}"
}

run() {
    local backend=$1 data=$2 folder=$3 card name out
    local step=() deep=() networks=(--dataset mnist --preset quoted --epochs-hebbian 1000 --snapshot-every 100)
    if [ -n "${GPU_TRY:-}" ]; then
        step=(--shape 64x32x10)
        networks=(--epochs-hebbian 2 --epochs-readout 2 --epochs-backprop 2)
        deep=(--width 0.125 --batch-size 256 --epochs-readout 1 --halvings "" --backprop none)
    fi
    card=$(card)
    name=$(tr -cs 'A-Za-z0-9' '-' <<<"${card%%,*}-$backend" | tr A-Z a-z | sed 's/^-//; s/-$//')
    out=results/gpu/$name
    mkdir -p "$out"
    printf '{\n  "card": "%s",\n  "backend": "%s",\n  "kernel": "%s",\n  "date": "%s"\n}\n' \
        "$card" "$backend" "$(uname -sr)" "$(date +%F)" >"$out/machine.json"
    echo "== the tests of the backends"
    "$folder/all-tests" --test-threads 1 2>&1 | tee "$out/tests.txt" | tail -n 3
    echo "== a step"
    "$folder/step" --backend "$backend" --data-dir "$data" --json "${step[@]}" >"$out/step.json"
    runs=$(mktemp -d)
    echo "== both networks"
    "$folder/two-networks" --backend "$backend" --data-dir "$data" --ui plain "${networks[@]}" --out "$runs/networks"
    cp "$runs/networks/result.json" "$out/networks.json"
    echo "== a deep network"
    "$folder/deep-local" --backend "$backend" --ui plain "${deep[@]}" --out "$runs/deep"
    cp "$runs/deep/result.json" "$out/deep-local.json"
    rm -r "$runs"
    echo "kept in $out"
}

case ${1:-} in
build) build "$2" "$3" ;;
run) run "$2" "$3" "$4" ;;
'') sed -n '2,10s/^# \{0,1\}//p' "$0" && exit 2 ;;
*)
    build "$1" target/gpu
    run "$1" "${2:?the folder of the data sets}" target/gpu
    ;;
esac
