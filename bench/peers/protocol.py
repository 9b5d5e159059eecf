"""What Python peers share: the protocol of bench/process/messages.ts on stdin and stdout.

A peer has one class a kind of problem, with `answer()` (named results, `array`s of float32) and `run()` (what is
timed: it returns when everything is computed).
"""

import base64
import json
import resource
import sys
import time
from array import array

# How many steps the answer to a step problem covers: `answerSteps` of bench/problem.ts.
ANSWER_STEPS = 3


def absent(error):
    """Says that what the peer needs isn't installed, and ends."""
    print(json.dumps({"absent": str(error)}), flush=True)
    sys.exit(0)


def serve(version, kinds):
    """Answers requests until stdin ends. `kinds`: a class a kind, which raises NotImplementedError where it can't."""
    print(json.dumps({"version": version}), flush=True)
    trial = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "prepare":
                trial = prepare(kinds, request["problem"])
            print(json.dumps(reply(request, trial)), flush=True)
            if request["op"] == "dispose":
                trial = None
        except Exception as error:  # whatever went wrong is the bench's to report, and the next problem may do
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


def prepare(kinds, problem):
    try:
        return kinds[problem["kind"]](problem)
    except (KeyError, NotImplementedError):
        return None


def reply(request, trial):
    op = request["op"]
    if op == "prepare":
        return {"able": trial is not None}
    if op == "answer":
        start = time.perf_counter()
        answer = {name: {"float32": base64.b64encode(data).decode()} for name, data in trial.answer().items()}
        return {"answer": answer, "ms": 1000 * (time.perf_counter() - start)}
    if op == "run":
        return {"ms": timed(trial, request["times"])}
    if op == "peak":
        return {"gflops": None}
    if op == "memory":
        return {"peakBytes": peak_bytes()}
    return {}


def timed(trial, times):
    ms = []
    for _ in range(times):
        start = time.perf_counter()
        trial.run()
        ms.append(1000 * (time.perf_counter() - start))
    return ms


def peak_bytes():
    # getrusage on Linux starts from what the parent held when it spawned this process.
    try:
        with open("/proc/self/status") as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak


def float_bytes(data):
    """The bytes of an array as it came in a problem."""
    return bytearray(base64.b64decode(data["float32"]))


def floats(values):
    """Results from numbers."""
    return array("f", values)
