"""Renders the chart with the real helm, for the tests beside this file."""
import functools
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CHART = os.path.join(ROOT, "deploy", "helm", "leasehold")

try:
    import yaml
except ImportError:  # another Python may stand before Debian's own, which has it
    if sys.executable == "/usr/bin/python3":
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def skip(why):
    print(f"SKIP {why}")
    sys.exit(0)


def tool(name):
    """The program: $HELM or $KUBECTL, else what scripts/kube-tools.sh brought."""
    given = os.environ.get(name.upper())
    if given:
        return given
    where = subprocess.run([os.path.join(ROOT, "scripts", "kube-tools.sh"), "--where"],
                           check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    path = os.path.join(where, name)
    if not os.access(path, os.X_OK):
        skip(f"{name} is not there: run scripts/kube-tools.sh, or set {name.upper()}")
    return path


def helm(*words, text=None, home=None):
    """(exit status, output, errors). Nothing of the user's own settings of helm is read."""
    environment = {"PATH": os.environ["PATH"], "HOME": home or "/nonexistent", "HELM_NO_PLUGINS": "1"}
    done = subprocess.run([tool("helm"), *words], input=text, capture_output=True, text=True, timeout=120, env=environment)
    return done.returncode, done.stdout, done.stderr


def objects_of(text):
    return [each for each in yaml.load_all(text, Loader=LOADER) if each]


@functools.cache
def template(values="{}", release="vault", namespace="vault", arguments=()):
    """(objects or None, errors) of one render; values: YAML text. The same objects for the same question: change none."""
    status, out, err = helm("template", release, CHART, "--namespace", namespace, "--values", "-", *arguments, text=values)
    return (objects_of(out) if status == 0 else None), err


def defaults():
    with open(os.path.join(CHART, "values.yaml"), encoding="utf-8") as file:
        return yaml.load(file, Loader=LOADER)
