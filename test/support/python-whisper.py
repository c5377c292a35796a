"""Does jobs with Graphite Whisper: a JSON list of jobs on stdin, a JSON list of their answers on stdout.

A job is {"path", "steps"}; its answer has for each step {"value"} or {"error": name of the exception's type}.
Doubles travel as the 16 hex digits of their bytes, so that -0 and NaN arrive as they left.
"""
import json
import struct
import sys

import whisper


def to_double(digits):
    return struct.unpack(">d", bytes.fromhex(digits))[0]


def to_digits(value):
    return struct.pack(">d", value).hex()


def create(path, step):
    archives = [tuple(archive) for archive in step["archives"]]
    whisper.create(path, archives, step["xFilesFactor"], step["aggregation"], step.get("sparse", False))


def update(path, step):
    whisper.update(path, to_double(step["value"]), step["timestamp"], step["now"])


def update_many(path, step):
    points = [(timestamp, to_double(digits)) for timestamp, digits in step["points"]]
    whisper.update_many(path, points, step["now"])


def set_x_files_factor(path, step):
    return whisper.setXFilesFactor(path, step["xFilesFactor"])


def set_aggregation(path, step):
    return whisper.setAggregationMethod(path, step["aggregation"], step.get("xFilesFactor"))


def info(path, _step):
    header = whisper.info(path)
    archives = [[a["offset"], a["secondsPerPoint"], a["points"]] for a in header["archives"]]
    return [header["aggregationMethod"], header["maxRetention"], header["xFilesFactor"], archives]


def fetch(path, step):
    answer = whisper.fetch(path, step["from"], step.get("until"), step["now"], step.get("step"))
    if answer is None:
        return None
    (start, end, seconds), values = answer
    known = [f"{i}: {to_digits(value)}" for i, value in enumerate(values) if value is not None]
    return {"from": start, "until": end, "step": seconds, "length": len(values), "known": known}


STEPS = {
    "create": create,
    "update": update,
    "updateMany": update_many,
    "setXFilesFactor": set_x_files_factor,
    "setAggregation": set_aggregation,
    "info": info,
    "fetch": fetch,
}


def run(path, step):
    try:
        return {"value": STEPS[step["do"]](path, step)}
    except Exception as error:
        return {"error": type(error).__name__}


jobs = json.load(sys.stdin)
json.dump([[run(job["path"], step) for step in job["steps"]] for job in jobs], sys.stdout)
