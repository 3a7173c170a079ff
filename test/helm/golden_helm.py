#!/usr/bin/env python3
"""Recorded renders of HashiCorp's `vault` chart against ours, with the real helm.

  golden_helm.py [--chart DIR] PATH...    PATH: a case (a folder with values.yaml and objects.json) or a folder
                                          of cases. Ends with "N passed, N failed".

The rules of comparison stand in test/golden/helm/README.md; values_test.py holds what differs on purpose.
"""
import concurrent.futures
import copy
import difflib
import json
import os
import re
import sys

import chart

THEIR_IMAGES = {"image": "hashicorp/vault-k8s:1.7.6", "agentImage": "hashicorp/vault:2.0.4"}


def different_on_purpose(values, want):
    """Kinds in which ours differs; docs/chart.md says why."""
    injector, server, everything = (values.get(key) or {} for key in ("injector", "server", "global"))
    kinds = set()
    if not any(item["kind"] == "Deployment" for item in want):
        kinds.add("PodDisruptionBudget")  # of an injector that is off
    if (server.get("dev") or {}).get("enabled") and (injector.get("serviceAccount") or {}).get("annotations"):
        kinds.add("ServiceAccount")  # whose annotations the other chart loses
    if injector.get("port", 8080) != 8080 or everything.get("namespace"):
        kinds.add("NetworkPolicy")  # which there always is for port 8080 and the release's namespace
    return kinds & {item["kind"] for item in want}


def cases_below(paths):
    for path in paths:
        if os.path.exists(os.path.join(path, "objects.json")):
            yield path
            continue
        if not os.path.isdir(path):
            sys.exit(f"golden_helm.py: {path} is no folder")
        found = sorted(entry.path for entry in os.scandir(path) if os.path.exists(os.path.join(entry.path, "objects.json")))
        if not found:
            sys.exit(f"golden_helm.py: no cases in {path}")
        yield from found


def key(item):
    return item["kind"], item["metadata"]["name"]


def put_their_images(item, values):
    """Default images differ by design; where the case sets one, the rest of it is still a default."""
    for container in item.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
        container["image"] = their_image("image", container["image"], values)
        for variable in container["env"]:
            if variable["name"] == "AGENT_INJECT_VAULT_IMAGE":
                variable["value"] = their_image("agentImage", variable["value"], values)


def their_image(name, ours, values):
    given = (values.get("injector") or {}).get(name) or {}
    repository, tag = THEIR_IMAGES[name].split(":")
    our_repository, our_tag = ours.split(":", 1) if "/" not in ours.rpartition(":")[2] else (ours, "")
    return f"{our_repository if 'repository' in given else repository}:{our_tag if 'tag' in given else tag}"


def normalize(objects, values):
    objects = copy.deepcopy(objects)
    for item in objects:
        item["metadata"].get("labels", {}).pop("helm.sh/chart", None)
        put_their_images(item, values)
    return sorted(objects, key=key)


def schema_errors(text):
    return sorted(line.strip()[2:] for line in text.splitlines() if re.match(r"\s*- at '.*': (?!validation failed$)", line))


def read_values(case):
    with open(os.path.join(case, "values.yaml"), encoding="utf-8") as file:
        text = file.read()
    return text, chart.yaml.load(text, Loader=chart.LOADER) or {}


def diff(want, got):
    lines = [json.dumps(side, indent=1, sort_keys=True).splitlines() for side in (want, got)]
    return "\n".join(list(difflib.unified_diff(*lines, "recorded", "ours", lineterm="", n=2))[:60])


def compare_objects(values, want, got):
    kinds = different_on_purpose(values, want)
    rest = [[item for item in side if item["kind"] not in kinds] for side in (want, got)]
    return None if rest[0] == rest[1] else diff(*rest)


def check(case):
    """Nothing, or what is wrong."""
    with open(os.path.join(case, "objects.json"), encoding="utf-8") as file:
        want = json.load(file)
    text, values = read_values(case)
    got, errors = chart.template(text, want["release"], want["namespace"], tuple(want.get("helmArgs", ())))
    if "schemaErrors" in want:
        found = schema_errors(errors)
        return None if got is None and found == want["schemaErrors"] else diff(want["schemaErrors"], found)
    if "error" in want:
        return None if got is None and want["error"] in errors else f"want: {want['error']}\ngot: {errors}"
    if got is None:
        return errors
    return compare_objects(values, want["objects"], normalize(got, values))


def main():
    words = sys.argv[1:]
    if words[:1] == ["--chart"]:
        chart.CHART = words[1]
        words = words[2:]
    if not words:
        sys.exit(__doc__)
    chart.tool("helm")
    cases = list(cases_below(words))
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        failures = [(case, wrong) for case, wrong in zip(cases, pool.map(check, cases)) if wrong]
    for case, wrong in failures:
        print(f"FAILED {case}\n{wrong}\n")
    print(f"{len(cases) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
