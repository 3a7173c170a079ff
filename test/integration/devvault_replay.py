#!/usr/bin/env python3
"""Replays the recorded exchanges of test/golden/vault-api (or the files given) against the server.

usage: devvault_replay.py BINARY [FILE.jsonl ...]
"""
import glob
import os
import shutil
import subprocess
import sys

import devvault_support as support

GOLDEN = os.path.join(support.ROOT, "test", "golden", "vault-api")

binary, files = sys.argv[1], sys.argv[2:]
postgres = support.Postgres()
server = support.Server(binary)


def replay(script):
    return [sys.executable, script, "--addr", server.address, "--token", server.root, "--pg", postgres.dsn]



def failed(script, extra):
    """Runs a replay, shows its output, gives the names of the scenarios that failed."""
    done = subprocess.run(replay(script) + extra, stdout=subprocess.PIPE, text=True)
    print(done.stdout, flush=True)
    names = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAIL ")]
    support.check(done.returncode == (1 if names else 0) and "scenarios," in done.stdout, "the replay ran to its end")
    return names


def patient_script():
    """A copy of replay.py that lets remaining TTLs be up to 30 s lower, not 2: they only say how long the
    steps took, and a machine that builds something else at the same time is slow."""
    with open(os.path.join(GOLDEN, "replay.py"), encoding="utf8") as source:
        text = source.read()
    patient = text.replace("abs(got - w) <= 2", "-2 <= w - got <= 30")
    support.check(patient != text, "the tolerance of replay.py is where it was")
    folder = support.temporary_folder()
    shutil.copy(os.path.join(GOLDEN, "fake_k8s.py"), folder)
    script = os.path.join(folder, "replay.py")
    with open(script, "w", encoding="utf8") as out:
        out.write(patient)
    return script


files = files or sorted(glob.glob(os.path.join(GOLDEN, "*.jsonl")))
again = failed(os.path.join(GOLDEN, "replay.py"), files)
if again:
    print("once more, with patience: " + " ".join(again), flush=True)
    again = failed(patient_script(), ["--only", "^(%s)$" % "|".join(again)] + files)
support.check(not again, "all scenarios pass")

# The comparison itself must notice a wrong answer: one recorded value is changed.
with open(os.path.join(GOLDEN, "kv1.jsonl"), encoding="utf8") as source:
    changed = source.read().replace('"lease_duration": 1800', '"lease_duration": 1801', 1)
folder = support.temporary_folder()
with open(os.path.join(folder, "changed.jsonl"), "w", encoding="utf8") as out:
    out.write(changed)
done = subprocess.run(replay(os.path.join(GOLDEN, "replay.py")) + [os.path.join(folder, "changed.jsonl")], stdout=subprocess.PIPE, text=True)
support.check(done.returncode == 1 and "1801" in done.stdout, "a changed recording is noticed")
support.check(server.stop() == 0, "SIGTERM ends the server with status 0")
support.check(not [r for r in postgres.rows("select rolname from pg_roles") if r.startswith("v-")],
              "no PostgreSQL role is left behind")
