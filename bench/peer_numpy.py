"""The engine's work in vectorised NumPy, on the same input, in turn with the engine.

What it does: body weight in three passes, contacts with hysteresis placed between samples, merging of
short phases, strides with one contact of the other foot, and for every stance the impulse and highest pressure of each
region, their pressure-time integrals, and the centre of pressure at 21 points. It does less than the engine: no zero
level from swing, no outliers, bouts, force curves, metrics, score or summary. Step counts must agree exactly.

The total force of each foot is given to both, as a decoded recording carries it.

usage: peer_numpy.py FILE --ours BINARY [--repeats 5]     (see peer.sh)
"""

import argparse
import json
import os
import statistics
import subprocess
import time

import numpy as np

ON_BW, OFF_BW = 0.08, 0.05
MIN_STANCE_S, MIN_SWING_S, LONGEST_S = 0.10, 0.08, 3.0
PASSES = 3
PATH_POINTS = 21
KPA_PER_N_CM2 = 10.0


def contacts(load, hz):
    """Contact and toe-off (samples, fractional) of every stance that begins and ends inside."""
    high, low = load >= ON_BW, load < OFF_BW
    marks = np.flatnonzero(high | low)
    is_high = high[marks]
    turn = np.flatnonzero(is_high[1:] != is_high[:-1]) + 1
    on, off = marks[turn[is_high[turn]]], marks[turn[~is_high[turn]]]
    if off.size and (on.size == 0 or off[0] < on[0]):
        off = off[1:]
    cut = on.size - off.size  # 1 when the end of the recording cuts the last stance off
    starts, ends = on[: off.size], off
    keep = starts[1:] - ends[:-1] >= MIN_SWING_S * hz
    starts = starts[np.concatenate(([True], keep))] if starts.size else starts
    ends = ends[np.concatenate((keep, [True]))] if ends.size else ends
    long_enough = ends - starts >= MIN_STANCE_S * hz
    starts, ends = starts[long_enough], ends[long_enough]
    lows = np.flatnonzero(low)
    before = lows[np.searchsorted(lows, starts) - 1]
    contact = before + (OFF_BW - load[before]) / (load[before + 1] - load[before])
    toe_off = ends - 1 + (load[ends - 1] - OFF_BW) / (load[ends - 1] - load[ends])
    last = on[-1] if cut and load.size - on[-1] >= MIN_STANCE_S * hz else None
    return contact, toe_off, last


def body_weight(total, cycles):
    sums = np.concatenate(([0.0], np.cumsum(total, dtype=np.float64)))
    lengths = cycles[:, 1] - cycles[:, 0]
    cycles = cycles[(lengths > 0)]
    return float((sums[cycles[:, 1]] - sums[cycles[:, 0]]).sum() / (cycles[:, 1] - cycles[:, 0]).sum())


def detect(forces, hz):
    total = forces[0] + forces[1]
    loaded = total[total > 0.2 * np.quantile(total, 0.999)]
    weight = float(np.quantile(loaded, 0.75))
    for _ in range(PASSES + 1):
        found = [contacts(force / np.float32(weight), hz) for force in forces]
        cycles = [np.stack([c[:-1], c[1:]], axis=1) for c, _, _ in found]
        cycles = np.rint(np.concatenate(cycles)).astype(np.int64)
        cycles = cycles[cycles[:, 1] - cycles[:, 0] <= LONGEST_S * hz]
        before, weight = weight, body_weight(total, cycles)
    return found, before


def strides(own, other, hz):
    """Start, toe-off and end (s) of each stride with exactly one contact of the other foot."""
    contact, toe_off, last = own
    ends = np.append(contact[1:], last) if last is not None else contact[1:]
    start, off = contact[: ends.size], toe_off[: ends.size]
    theirs = other[0] if other[2] is None else np.append(other[0], other[2])
    between = np.searchsorted(theirs, ends) - np.searchsorted(theirs, start)
    seconds = (ends - start) / hz
    good = (between == 1) & (seconds <= LONGEST_S) & (seconds >= 0.2)
    return start[good] / hz, off[good] / hz, ends[good] / hz


def plantar(pressures, found, sensors, regions, hz, stances_a_chunk):
    """Mean over stances of region impulse shares and of the centre of pressure along the foot."""
    contact, toe_off, _ = found
    first, end = np.ceil(contact).astype(np.int64), np.floor(toe_off).astype(np.int64) + 1
    grid = np.linspace(0.0, 1.0, PATH_POINTS)
    shares, peaks, integrals, paths = [], [], [], []
    for k in range(0, first.size, stances_a_chunk):
        a, b = first[k : k + stances_a_chunk], end[k : k + stances_a_chunk]
        block = pressures[:, a[0] : b[-1]]
        bounds = np.stack([a, b], axis=1).ravel() - a[0]
        bounds[-1] = min(bounds[-1], block.shape[1] - 1)
        force = block * sensors["area"][:, None]
        impulse = np.add.reduceat(force, bounds, axis=1)[:, ::2]
        by_region = np.stack([impulse[r].sum(axis=0) for r in regions])
        shares.append(by_region / by_region.sum(axis=0))
        highest = np.stack([block[r].max(axis=0) for r in regions])
        peaks.append(KPA_PER_N_CM2 * np.maximum.reduceat(highest, bounds, axis=1)[:, ::2])
        integrals.append(KPA_PER_N_CM2 / hz * np.add.reduceat(highest, bounds, axis=1)[:, ::2])
        total = force.sum(axis=0)
        total[total == 0] = np.inf
        x, y = (sensors["x"] @ force) / total, (sensors["y"] @ force) / total
        moments = (a[:, None] + grid * (b - 1 - a)[:, None]).ravel() - a[0]
        samples = np.arange(total.size)
        paths.append(np.stack([np.interp(moments, samples, x), np.interp(moments, samples, y)]))
    return np.concatenate(shares, axis=1), np.concatenate(paths, axis=1)


def geometry(header):
    field = lambda name: np.array([s[name] for s in header["sensors"]], dtype=np.float32)
    return {"area": field("area_cm2"), "x": field("x"), "y": field("y")}


def analyse(values, forces, header, stances_a_chunk):
    """`forces`: total force of each foot, which a decoded recording carries."""
    hz = header["sampling_hz"]
    sensors = geometry(header)
    names = [s["region"] for s in header["sensors"]]
    unique = sorted(set(names), key=names.index)
    regions = [np.array([i for i, n in enumerate(names) if n == u]) for u in unique]
    found, weight = detect(forces, hz)
    rows = [strides(found[k], found[1 - k], hz) for k in range(2)]
    start, off, end = (np.concatenate([rows[k][i] for k in range(2)]) for i in range(3))
    loads = [plantar(values[k], found[k], sensors, regions, hz, stances_a_chunk) for k in range(2)]
    return {
        "steps": [int(f[0].size + (f[2] is not None)) for f in found],
        "strides": int(start.size),
        "stride_time_s": float((end - start).mean()),
        "stance_pct": float((100.0 * (off - start) / (end - start)).mean()),
        "body_weight_n": weight,
        "impulse_shares": [float(v) for v in np.concatenate([l[0] for l in loads], axis=1).mean(axis=1)],
        "cop_x": float(np.mean([l[1][0].mean() for l in loads])),
    }


def timed(work):
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def agree(ours, theirs):
    """Stops when the two did not do the same work."""
    assert ours["steps"] == theirs["steps"], (ours["steps"], theirs["steps"])
    close = lambda name, share: abs(ours[name] / theirs[name] - 1.0) <= share
    assert close("strides", 0.02), (ours["strides"], theirs["strides"])
    assert close("stride_time_s", 0.001) and close("body_weight_n", 0.005) and close("stance_pct", 0.01)
    for ours_share, theirs_share in zip(ours["impulse_shares"], theirs["impulse_shares"]):
        assert abs(ours_share - theirs_share) <= 0.01, (ours["impulse_shares"], theirs["impulse_shares"])


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("file")
    arguments.add_argument("--ours", required=True)
    arguments.add_argument("--repeats", type=int, default=5)
    arguments = arguments.parse_args()
    header = json.load(open(arguments.file + ".json"))
    values = np.fromfile(arguments.file, dtype="<f4").reshape(2, len(header["sensors"]), -1)
    forces = [geometry(header)["area"] @ values[k] for k in range(2)]
    frames = header["frames"]
    tried = {n: timed(lambda: analyse(values, forces, header, n))[1] for n in (14, 57, 114, 228, 456, 1 << 30)}
    chunk = min(tried, key=tried.get)
    print("NumPy", np.__version__, "stances a chunk:", {n: f"{1e9 * s / frames:.0f} ns/frame" for n, s in tried.items()})
    rows = []
    for _ in range(arguments.repeats):
        ours = json.loads(subprocess.run([arguments.ours, "--peer", arguments.file], capture_output=True, check=True).stdout)
        theirs, seconds = timed(lambda: analyse(values, forces, header, chunk))
        agree(ours, theirs)
        rows.append((ours["cpu_s"], seconds))
    print("load average", os.getloadavg()[0], "- frames", frames, "- steps", theirs["steps"], "- strides", theirs["strides"], "against", ours["strides"])
    print("region impulse shares", [round(v, 4) for v in theirs["impulse_shares"]], "against", [round(v, 4) for v in ours["impulse_shares"]])
    for name, column in (("engine", 0), ("NumPy", 1)):
        times = [1e9 * row[column] / frames for row in rows]
        print(f"{name:<8} {statistics.median(times):8.1f} ns/frame [{min(times):.1f}..{max(times):.1f}]")
    ratios = [theirs / ours for ours, theirs in rows]
    print(f"NumPy takes {statistics.median(ratios):.1f} times as long, paired [{min(ratios):.1f}..{max(ratios):.1f}]")


if __name__ == "__main__":
    main()
