"""The median wall time of one step, in milliseconds."""

from statistics import median
from time import perf_counter


def median_milliseconds(step, warm_up, rounds):
    """Calls step(0), step(1), ... and takes the median of the last `rounds` calls."""
    times = []
    for index in range(warm_up + rounds):
        start = perf_counter()
        step(index)
        times.append(1000 * (perf_counter() - start))
    return median(times[warm_up:])
