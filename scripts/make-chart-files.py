#!/usr/bin/env python3
"""Writes what is made from the chart's values.yaml: README.md (the table of values) and files/defaults.yaml
(the defaults of sections that a user sets to null).

  make-chart-files.py           writes them
  make-chart-files.py --check   exit status 1 when one is not up to date
"""
import os
import re
import sys

CHART = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "deploy", "helm", "leasehold")
KEY = re.compile(r"^( *)([A-Za-z]\w*):(?: (.*))?$")
INTRODUCTION = """# Chart `leasehold`

The leasehold injector, a drop-in for the Vault Agent Injector: the values of HashiCorp's `vault` chart give the
same objects under the same names, with other images. How to install it and to switch: `docs/chart.md` of the
repository.

```console
$ helm install vault deploy/helm/leasehold --namespace vault --create-namespace \\
    --set global.externalVaultAddr=https://vault.example:8200
```

A section that is set to `null` has its default. (T): a structure, or text that is run as a template.

"""


def read(path):
    with open(os.path.join(CHART, path), encoding="utf-8") as file:
        return file.read()


def rows_of(text):
    """(path, default, description) of each key; a section has the default None. The text is our own, so that its
    form is known: two spaces a level, comments above their key, a block after `|`."""
    path, comment, block_indent = [], [], None
    rows = []
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if block_indent is not None:
            if not line.strip() or indent > block_indent:
                rows[-1][1].append(line[block_indent + 2:])
                continue
            block_indent = None
        match = KEY.match(line)
        if line.lstrip().startswith("# "):
            comment.append(line.strip()[2:])
        elif match:
            path = path[:indent // 2] + [match.group(2)]
            value = match.group(3)
            rows.append((".".join(path), None if value is None else [value], " ".join(comment)))
            block_indent, comment = (indent, []) if value == "|" else (None, [])
        else:
            comment = []  # an empty line ends a comment that belongs to no key
    return rows


def cell(text):
    return text.replace("|", "\\|")


def readme(text):
    out = [INTRODUCTION]
    blocks = []
    for path, default, comment in rows_of(text):
        if "." not in path:
            out.append(f"\n## `{path}`\n\n" + (comment + "\n\n" if comment else "") + "| Value | Default | |\n|---|---|---|\n")
        elif default is None:
            if comment:
                out.append(f"| `{path}` | | {cell(comment)} |\n")
        elif default[0] == "|":
            blocks.append((path, default[1:]))
            out.append(f"| `{path}` | see below | {cell(comment)} |\n")
        else:
            out.append(f"| `{path}` | `{cell(default[0])}` | {cell(comment)} |\n")
    out.append("\n## Longer defaults\n")
    for path, lines in blocks:
        out.append(f"\n`{path}`:\n\n```yaml\n" + "\n".join(lines).rstrip() + "\n```\n")
    return "".join(out)


def without_comments(text):
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return "# Made from values.yaml by scripts/make-chart-files.py.\n" + "\n".join(lines) + "\n"


def main():
    text = read("values.yaml")
    stale = []
    for path, made in (("README.md", readme(text)), ("files/defaults.yaml", without_comments(text))):
        full = os.path.join(CHART, path)
        if os.path.exists(full) and read(path) == made:
            continue
        stale.append(path)
        if "--check" not in sys.argv[1:]:
            with open(full, "w", encoding="utf-8") as file:
                file.write(made)
    if stale and "--check" in sys.argv[1:]:
        print("not up to date, run scripts/make-chart-files.py: " + ", ".join(stale))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
