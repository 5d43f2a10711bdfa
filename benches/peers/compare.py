#!/usr/bin/env python3
"""Times one step of the rule in this library and in its peers, NumPy and PyTorch, on this machine's CPU.

With --deep it is the local step of a deep network of three blocks, and the best of PyTorch.

In each round our program and then every peer run, each in a process of its own so that no two pools of
threads compete. A figure is the median over the rounds. The peers run in a virtual environment beside this
file, which is made on first use.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
WORKSPACE = HERE.parent.parent
OURS = ["--release", "-q", "-p", "benches", "--bin"]
PEERS = {
    "numpy_f64": ["numpy_step.py", "--dtype", "float64"],
    "numpy_f32": ["numpy_step.py", "--dtype", "float32"],
    "pytorch_dense": ["torch_step.py", "dense"],
    "pytorch_best": ["torch_step.py", "best"],
    "pytorch_matmul": ["torch_step.py", "matmul"],
    "pytorch_baseline": ["torch_step.py", "baseline"],
}
DEEP_PEERS = {"pytorch_deep": ["deep_torch.py"]}
# From so many cores that others use on, times are not to be trusted.
BUSY = 0.2
OVER_OURS = ("numpy_f64", "numpy_f32", "pytorch_dense", "pytorch_best")


def say(text):
    """Progress goes to standard error, so that standard output holds the result alone."""
    print(text, file=sys.stderr, flush=True)


def output(what, command, **options):
    """What the command printed; where it fails, the program ends with one sentence and the command's last line."""
    try:
        done = subprocess.run(command, text=True, capture_output=True, **options)
    except OSError as error:
        sys.exit(f"compare: {what} could not be started: {error}.")
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        sys.exit(f"compare: {what} failed with status {done.returncode}: {last}")
    return done.stdout


def answer(what, command, **options):
    """The JSON object that the command printed, which has to have milliseconds."""
    try:
        result = json.loads(output(what, command, **options))
        result["milliseconds"]
        return result
    except (ValueError, KeyError, TypeError):
        sys.exit(f"compare: {what} printed no JSON object with milliseconds.")


def own_environment():
    """The Python of the virtual environment beside this file, made and filled where it is not up to date."""
    folder = HERE / ".venv"
    python = folder / "bin" / "python"
    wanted, installed = (HERE / "requirements.txt").read_text(), folder / "installed.txt"
    if not installed.is_file() or installed.read_text() != wanted:
        say(f"making {folder}, which downloads NumPy and PyTorch")
        output("venv", [sys.executable, "-m", "venv", "--clear", folder])
        output("pip", [python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"])
        installed.write_text(wanted)
    return str(python)


def machine():
    """The processor's name where the machine tells it, the number of its cores, and the platform."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    return {"processor": processor, "cores": os.cpu_count(), "platform": platform.platform()}


def keep(folder, file, name, result):
    """Adds the result to the file of this processor, as this library's own programs do with their --keep."""
    path = Path(folder, file + ".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(kept | {name: result}, indent=2, sort_keys=True) + "\n")
    say(f"kept in {path}")


def busy_cores():
    """How many cores other programs use in a second in which we wait; 0 where the machine does not tell."""
    def ticks():
        spent = [int(ticks) for ticks in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return sum(spent), spent[3] + spent[4]

    try:
        before = ticks()
        time.sleep(1)
        spent, idle = (now - then for now, then in zip(ticks(), before))
        busy = os.cpu_count() * (1 - idle / spent)
    except (OSError, ValueError, ZeroDivisionError):
        return 0.0
    if busy > BUSY:
        say(f"warning: something else uses {busy:.1f} of {os.cpu_count()} cores, and PyTorch's threads wait for each other")
    return busy


def measure(python, program, peers, data_dir, rounds):
    """Name -> median milliseconds, and peer -> its answer in every round; `program` is ours and its options."""
    data = ["--data-dir", data_dir] if data_dir else []
    name, *options = program
    ours = ["cargo", "run", *OURS, name, "--", "--json", *options, *data]
    figures, answers = {}, {}
    for number in range(1, rounds + 1):
        say(f"round {number} of {rounds}: ours")
        result = answer("our program", ours, cwd=WORKSPACE)
        answers["ours"] = [result]
        for name, value in result["milliseconds"].items():
            if value is not None:
                figures.setdefault(f"ours_{name}", []).append(value)
        for name, peer in peers.items():
            say(f"round {number} of {rounds}: {name}")
            result = answer(f"the peer {name}", [python, HERE / peer[0], *peer[1:], *data])
            answers.setdefault(name, []).append(result)
            figures.setdefault(name, []).append(result["milliseconds"])
            if "trials" in result:
                say(f"  {result['variant']}, of {json.dumps(result['trials'])}")
    return {name: median(values) for name, values in figures.items()}, answers


def dense(python, data_dir, rounds):
    """The ratios of a layer's step, all times, and what else there is to know."""
    times, answers = measure(python, ["step", "--shape", "784x2000x100"], PEERS, data_dir, rounds)
    ratios = {f"{name}_over_ours": times[name] / times["ours_step"] for name in OVER_OURS}
    ratios["baseline_ours_over_pytorch"] = times["ours_baseline_step"] / times["pytorch_baseline"]
    return ratios, times, answers


def deep(python, data_dir, rounds):
    """The same of the local step of a deep network."""
    times, answers = measure(python, ["deep"], DEEP_PEERS, data_dir, rounds)
    ratios = {
        "pytorch_over_ours_deep": times["pytorch_deep"] / times["ours_step"],
        "step_over_products": times["ours_step"] / times["ours_products"],
        "readout_epoch_over_read": times["ours_readout_epoch"] / times["ours_readout_read"],
    }
    return ratios, times, answers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object and no table")
    parser.add_argument("--keep", type=os.path.abspath, help="folder whose file of this processor keeps the result")
    parser.add_argument("--deep", action="store_true", help="the local step of a deep network, not of one layer")
    parser.add_argument("--data-dir", type=os.path.abspath, help="folder that holds MNIST, or for --deep CIFAR-10")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", help="a Python that has NumPy and PyTorch, in place of an own environment")
    parser.add_argument("--check", action="store_true", help="check that the peers agree, and time nothing")
    parser.add_argument("--golden", type=os.path.abspath, help="golden vectors for --check")
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds must be at least 1")
    if not args.check and not shutil.which("cargo"):
        sys.exit("compare: cargo was not found on the PATH; install Rust to time this library.")
    python = args.python or own_environment()
    if args.check:
        golden = ["--golden", args.golden] if args.golden else []
        check = "check_deep.py" if args.deep else "check.py"
        sys.stdout.write(output("the check", [python, HERE / check, *golden]))
        return
    say("building our program")
    program = "deep" if args.deep else "step"
    output("the build of our program", ["cargo", "build", *OURS, program], cwd=WORKSPACE)
    busy = busy_cores()
    ratios, times, answers = (deep if args.deep else dense)(python, args.data_dir, args.rounds)
    busy = max(busy, busy_cores())
    [ours] = answers.pop("ours")
    last = {name: found[-1] for name, found in answers.items()}
    result = ratios | {
        "milliseconds": times,
        "variants": {name: [a["variant"] for a in answers[name]] for name in last if "variant" in last[name]},
        "failures": {name: answer["failures"] for name, answer in last.items() if answer.get("failures")},
        "images": next(iter(last.values()))["images"],
        "machine": machine() | {"busy_cores": round(busy, 1)},
        "versions": {key: value for answer in last.values() for key, value in answer["versions"].items()},
        "rounds": args.rounds,
    }
    if args.keep:
        keep(args.keep, ours["file"], "peers_deep" if args.deep else "peers", result)
    if args.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{'what':<20} {'milliseconds':>12} {'over ours':>10}")
    for name, value in times.items():
        print(f"{name:<20} {value:>12.3f} {value / times['ours_step']:>10.2f}")
    print()
    for name, value in ratios.items():
        print(f"{name:<28} {value:>6.2f}")
    print()
    for key in ("variants", "failures", "images", "machine", "versions", "rounds"):
        print(f"{key}: {json.dumps(result[key])}")


if __name__ == "__main__":
    main()
