#!/usr/bin/env python3
"""Runs the outside judges in their quick forms and holds their answers against a list.

  judges.py --known passing.json [--update] [--only NAME,NAME] [--report]

Judges lie in ../shared/judge beside the checkout. A check that is listed in passing.json and fails
now makes the run red; with --update a check that passes for the first time is added to the list.
Checks are known by judge and by the text before their figures, since figures may move.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

# A check that fails is lost. Only those named here are asked again, up to so many runs, each for the
# reason beside it: they measure against a clock that other work on the machine can hold up.
RUNS_MAX = 4
UNSTEADY = [
    ("daemon", r"admission/dry run writes nothing",
     "reads the size of the log while a check that it asked for before may still end"),
    ("daemon", r"api/log/proof beyond the log",
     "the same: the log may grow by that check between two answers"),
    ("operations", r"(schedules|watch)/",
     "waits for firings and settling times of a second or two on the wall clock"),
    ("ledger", r"kill", "kills a writer at random instants and may miss the one it wants"),
]

# Those that wait on the wall clock run alone, after the others, which run two at a time.
ALONE = ("daemon", "operations")
TOGETHER = 2

ROOT = pathlib.Path(__file__).resolve().parents[2]
JUDGES = ROOT.parent / "shared" / "judge"

# Name, command, seconds. Numpy and the Go packages are needed by some: a judge that cannot start
# here says so and is skipped.
QUICK = [
    ("identity", ["python3", "identity.py"], 300),
    ("ledger", ["bash", "ledger.sh", "--big", "3000"], 300),
    ("tokenizers", ["python3", "tokenizers.py"], 120),
    ("quants", ["python3", "quants.py"], 120),
    ("logits", ["python3", "logits.py", "--no-repro"], 300),
    ("lineage", ["python3", "lineage.py", "--limit", "20"], 300),
    ("descent", ["python3", "descent.py", "--limit", "12"], 400),
    ("trial", ["python3", "trial.py", "--no-models", "--repeats", "40"], 200),
    ("licences", ["python3", "licences.py"], 200),
    ("scenarios", ["python3", "scenarios.py", "--policies", "Policies", "--quiet"], 200),
    ("scenarios-random",
     # Its answers are those of the pack it was made with: it holds the engine, not the law.
     ["python3", "scenarios.py", "--policies", "../shared/facts/policy", "--quiet", "--cases",
      "../shared/facts/policy/scenarios-random.json"], 200),
    ("scenarios-2026",
     ["python3", "scenarios.py", "--policies", "Policies", "--quiet", "--cases",
      "../shared/facts/policy-2026"], 200),
    ("daemon", ["python3", "daemon.py", "--only", "json,cron,api,shard"], 600),
    ("decisions", ["python3", "decisions.py", "--skip", "speed,daemon,admission"], 400),
    ("files", ["python3", "files.py"], 400),
    ("intake", ["python3", "intake.py"], 400),
    ("operations", ["python3", "operations.py", "--only", "escape,watch,listen,schedules"], 300),
]
LINE = re.compile(r"^\s*(ok|PASS|FAIL|fail|not ok)\b[ :]*(.*)$")


def name_of(text):
    """A check's name without the figures and details behind it."""
    text = re.split(r":\s|\s\(|\s=\s", text, maxsplit=1)[0]
    return re.sub(r"\d+(\.\d+)?", "N", text).strip()


def run(name, command, seconds, assay):
    command = [command[0], str(JUDGES / command[1])] + command[2:]
    environment = dict(os.environ, ASSAY=str(assay))
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True,
                              timeout=seconds, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None, f"ran past {seconds} s"
    text = done.stdout.decode("utf-8", "replace")
    counts = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        good = match.group(1) in ("ok", "PASS")
        entry = counts.setdefault(name_of(match.group(2)), [0, 0])
        entry[0 if good else 1] += 1
    tail = text.strip().splitlines()[-1] if text.strip() else ""
    whole = re.match(r"^(\d+) passed, (\d+) failed$", tail)
    if not counts and whole:
        counts["every check"] = [int(whole.group(1)), int(whole.group(2))]
    if not counts:
        tail = (done.stderr.decode("utf-8", "replace").strip().splitlines() or [tail])[-1]
    return counts, tail


def missing(known, counts):
    """Known checks that do not pass now; all of them if the judge ran out of time."""
    if counts is None:
        return list(known)
    return [check for check in known if check not in counts or counts[check][1]]


def is_unsteady(judge, check):
    return any(judge == name and re.match(pattern, check) for name, pattern, _ in UNSTEADY)


def ask(judge, known, assay):
    """-> counts, last line, checks that are lost, seconds; those that are unsteady are asked again"""
    name, command, seconds = judge
    began = time.monotonic()
    counts, tail = run(name, command, seconds, assay)
    lost = [] if counts is not None and not counts else missing(known, counts)
    for _ in range(RUNS_MAX - 1):
        if not lost or not all(is_unsteady(name, check) for check in lost):
            break
        again, tail = run(name, command, seconds, assay)
        if again is None:  # it ran out of time: more runs would only cost more
            break
        lost = [check for check in missing(known, again) if check in lost]
        counts = again if again else counts
    return counts, tail, lost, time.monotonic() - began


def answers(judges, known, assay):
    """Each judge with its answer, in the order of the list."""
    for alone in (False, True):
        batch = [judge for judge in judges if (judge[0] in ALONE) == alone]
        with concurrent.futures.ThreadPoolExecutor(1 if alone else TOGETHER) as pool:
            asked = [pool.submit(ask, judge, known.get(judge[0], []), assay) for judge in batch]
            for judge, answer in zip(batch, asked):
                yield judge[0], answer.result()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--known", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    path = pathlib.Path(options.known)
    known = json.loads(path.read_text()) if path.exists() else {}
    assay = pathlib.Path(os.environ.get("ASSAY", ROOT / ".build" / "release" / "assay"))
    wanted = set(options.only.split(",")) - {""}
    red = 0
    judges = [judge for judge in QUICK if not wanted or judge[0] in wanted]
    for name, (counts, tail, lost, took) in answers(judges, known, assay):
        if counts is not None and not counts:
            print(f"skip {name}: it does not run here: {tail}", flush=True)
            continue
        passing = sorted(check for check, (_, bad) in (counts or {}).items() if not bad)
        red += len(lost)
        print(f"{'FAIL' if lost else 'ok  '} {name}: {tail} ({took:.0f} s)", flush=True)
        for check in lost:
            print(f"       lost: {check}", flush=True)
        for check in passing:
            if check not in known.get(name, []) and not options.update:
                print(f"       new: {check}", flush=True)
        if options.update:
            known[name] = sorted(set(known.get(name, [])) | set(passing))
    if options.update:
        path.write_text(json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    sys.exit(1 if red else 0)


if __name__ == "__main__":
    main()
