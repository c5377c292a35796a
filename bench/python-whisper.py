"""Runs one workload with Python Whisper and prints its timings.

Reads one JSON object from standard input:
  kind       'version', 'update', 'updateMany', 'fetch', 'create' or 'files'
  folder     where new files may be made; each is removed again
  values     file of the data set that updates go round in, big-endian doubles
  t0, now    Unix seconds: first point of a run of updates; time of a fetch
  retentions [[step, points], ...]
  calls      calls per round
  rounds     timed rounds; one more, not timed, goes before them
and what the kind needs: reopen, points, path, seconds, sparse, list, step.

Prints one JSON object: the seconds per call of each round. Points are made before the clock starts, and every
round has a new file.
"""
import importlib.metadata
import json
import os
import signal
import struct
import sys
import time

import whisper


def main():
    # Whoever started this program knows what to say about an interruption.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    task = json.load(sys.stdin)
    if task["kind"] == "version":
        print(json.dumps({
            "python": sys.version.split()[0],
            "whisper": importlib.metadata.version("whisper"),
        }))
        return
    round_of = {
        "update": update_round,
        "updateMany": update_many_round,
        "fetch": fetch_round,
        "create": create_round,
        "files": files_round,
    }[task["kind"]]
    round_of(task)
    seconds = [round_of(task) for _ in range(task["rounds"])]
    print(json.dumps({"seconds": seconds}))


def update_round(task):
    values = read_values(task)
    calls, t0 = task["calls"], task["t0"]
    points = [(t0 + k, values[k % len(values)]) for k in range(calls)]
    path = new_file(task)
    if task["reopen"]:
        start = time.perf_counter()
        for timestamp, value in points:
            whisper.update(path, value, timestamp, timestamp)
        seconds = time.perf_counter() - start
    else:
        with open(path, "r+b", whisper.BUFFERING) as file:
            start = time.perf_counter()
            for timestamp, value in points:
                whisper.file_update(file, value, timestamp, timestamp)
            seconds = time.perf_counter() - start
    os.unlink(path)
    return seconds / calls


def update_many_round(task):
    values = read_values(task)
    calls, n, t0 = task["calls"], task["points"], task["t0"]
    batches = []
    for first in range(0, calls * n, n):
        batches.append([(t0 + k, values[k % len(values)]) for k in range(first, first + n)])
    path = new_file(task)
    if task["reopen"]:
        start = time.perf_counter()
        for batch in batches:
            whisper.update_many(path, batch, batch[-1][0])
        seconds = time.perf_counter() - start
        os.unlink(path)
        return seconds / calls
    with open(path, "r+b", whisper.BUFFERING) as file:
        start = time.perf_counter()
        for batch in batches:
            # As update_many does: this one takes the newest first, and is slow and wrong otherwise.
            newest_first = sorted(batch, key=timestamp_of, reverse=True)
            whisper.file_update_many(file, newest_first, newest_first[0][0])
        seconds = time.perf_counter() - start
    os.unlink(path)
    return seconds / calls


def timestamp_of(point):
    return point[0]


def fetch_round(task):
    calls, path, now = task["calls"], task["path"], task["now"]
    first = now - task["seconds"]
    if task["reopen"]:
        start = time.perf_counter()
        for _ in range(calls):
            series = whisper.fetch(path, first, now, now)
        seconds = time.perf_counter() - start
    else:
        with open(path, "rb") as file:
            start = time.perf_counter()
            for _ in range(calls):
                series = whisper.file_fetch(file, first, now, now)
            seconds = time.perf_counter() - start
    values = series[1]
    if len(values) != task["points"] or None in values:
        raise SystemExit("fetch found %d values, some of them gaps perhaps" % len(values))
    return seconds / calls


def create_round(task):
    calls = task["calls"]
    paths = [os.path.join(task["folder"], "python-%d.wsp" % k) for k in range(calls)]
    start = time.perf_counter()
    for path in paths:
        whisper.create(path, task["retentions"], 0.5, "average", task["sparse"])
    seconds = time.perf_counter() - start
    for path in paths:
        os.unlink(path)
    return seconds / calls


def files_round(task):
    # The files stay, so every round brings newer points.
    first = task.setdefault("next", task["t0"])
    task["next"] = first + task["points"] * task["step"]
    values = read_values(task)
    points = [(first + k * task["step"], values[k]) for k in range(task["points"])]
    with open(task["list"]) as file:
        paths = file.read().split("\n")[:task["calls"]]
    start = time.perf_counter()
    for path in paths:
        whisper.update_many(path, points, points[-1][0])
    seconds = time.perf_counter() - start
    return seconds / len(paths)


def new_file(task):
    path = os.path.join(task["folder"], "python.wsp")
    whisper.create(path, task["retentions"], 0.5, "average")
    return path


def read_values(task):
    with open(task["values"], "rb") as file:
        content = file.read()
    return struct.unpack(">%dd" % (len(content) // 8), content)


if __name__ == "__main__":
    main()
