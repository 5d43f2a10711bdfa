#!/usr/bin/env python3
"""Draws what memory.sh wrote. plot.py OUT.svg NAME=memory.csv... (needs matplotlib)"""

import csv
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "memory"
import matplotlib.pyplot as plt

STAGES = {"start": "stage 1", "hebbian": "stage 1", "readout": "readout", "backprop": "backprop"}

out, runs = sys.argv[1], [run.split("=") for run in sys.argv[2:]]
figure, axes = plt.subplots(1, len(runs), figsize=(9, 3.2), layout="constrained")
for ax, (name, path) in zip(axes, runs):
    with open(path) as file:
        rows = [row for row in csv.DictReader(file) if row["newest"]]
    seconds = [int(row["seconds"]) for row in rows]
    ax.plot(seconds, [int(row["resident_kib"]) / 1024 for row in rows], color="#2c5f8a")
    # A finished training is the newest checkpoint until the next one has its first.
    previous = None
    for second, row in zip(seconds, rows):
        stage, _, epoch = row["newest"].partition("-")
        if STAGES[stage] != previous:
            ax.axvline(second, color="#999999", linewidth=0.8, linestyle=":")
            ax.annotate(STAGES[stage], (second, 0), xytext=(3, 4), textcoords="offset points", fontsize=8)
            previous = STAGES[stage]
    ax.set_ylim(bottom=0)
    ax.set_title(name, fontsize=10)
    ax.set_xlabel("seconds")
    ax.set_ylabel("resident memory, MiB")
    ax.spines[["top", "right"]].set_visible(False)
figure.savefig(out, metadata={"Date": None})
