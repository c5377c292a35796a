"""Works on one file as another process that locks: told what by one JSON argument, it says lines of JSON.

{"do": "hold", "path", "mode"}             takes an flock, says so, and gives it up at the next line it is told
{"do": "try", "path", "mode"}              says whether it gets an flock at once
{"do": "hold update", "path", "time", "now"}
                                           updates with LOCK on, and keeps the file open, and so locked, until told
{"do": "update", "path", "time", "now"}    updates with LOCK on
{"do": "write", "path", "times", "now", "begin", "end"}
                                           updates with LOCK on, again and again, each time when its moment between begin
                                           and end has come, in milliseconds since 1970; says how many calls it took
{"do": "read", "path", "now", "since", "coarse"}
                                           fetches again and again until told to stop, and says what was wrong

The value of a point is told by its time, as in programs/story.ts.
"""
import fcntl
import json
import random
import sys
import threading
import time

import whisper

whisper.LOCK = True
MODES = {"shared": fcntl.LOCK_SH, "exclusive": fcntl.LOCK_EX}


def value_at(timestamp):
    mixed = ((timestamp ^ 0x9E3779B9) * 0x85EBCA6B) & 0xFFFFFFFF
    return timestamp + ((mixed ^ (mixed >> 13)) >> 11) / 2**21


def say(answer):
    print(json.dumps(answer), flush=True)


def hold(job):
    with open(job["path"], "rb") as file:
        fcntl.flock(file.fileno(), MODES[job["mode"]])
        say("held")
        sys.stdin.readline()


def try_lock(job):
    with open(job["path"], "rb") as file:
        try:
            fcntl.flock(file.fileno(), MODES[job["mode"]] | fcntl.LOCK_NB)
            say(True)
        except BlockingIOError:
            say(False)


def hold_update(job):
    with open(job["path"], "r+b") as file:
        whisper.file_update(file, value_at(job["time"]), job["time"], job["now"])
        say("held")
        sys.stdin.readline()
    say("done")


def update(job):
    whisper.update(job["path"], value_at(job["time"]), job["time"], job["now"])
    say("done")


def write(job):
    path, times, now, begin, end = (job[name] for name in ["path", "times", "now", "begin", "end"])
    stored = calls = 0
    while stored < len(times):
        due = int(len(times) * (1000 * time.time() - begin) / (end - begin))
        if due <= 0:
            continue
        batch = [(timestamp, value_at(timestamp)) for timestamp in times[max(0, min(stored, due - 3)) : due]]
        with open(path, "r+b") as file:
            if len(batch) == 1:
                whisper.file_update(file, batch[0][1], batch[0][0], now)
            else:
                whisper.file_update_many(file, sorted(batch, reverse=True), now)
            # The last that was written leaves Python only now.
            time.sleep(random.random() / 500)
        stored = max(stored, due)
        calls += 1
        # Another one shall come in between.
        time.sleep(random.random() / 500)
    say({"calls": calls})


def read(job):
    is_told = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), is_told.set()), daemon=True).start()
    path, now, since, coarse = job["path"], job["now"], job["since"], job["coarse"]
    reads = points = 0
    wrong = None
    while wrong is None and not (is_told.is_set() and reads > 1):
        step = coarse if reads % 2 else 1
        (start, end, _), values = whisper.fetch(path, since, now, now, step)
        for timestamp, value in zip(range(start, end, step), values):
            if value is None:
                continue
            points += 1
            if not (value == value_at(timestamp) if step == 1 else timestamp <= value < timestamp + step):
                wrong = f"{timestamp} of {step} s is {value}"
        reads += 1
    say({"reads": reads, "points": points, "wrong": wrong})


WORK = {"hold": hold, "try": try_lock, "hold update": hold_update, "update": update, "write": write, "read": read}
job = json.loads(sys.argv[1])
WORK[job["do"]](job)
