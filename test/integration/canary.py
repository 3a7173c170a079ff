"""Finds secrets where none may be: takes the secret texts and the texts that everybody can read, and
searches the latter for the former plain, in base64 at each of the three alignments, and URL-escaped."""
import base64
import os
import urllib.parse


def forms(secret):
    """Every way of writing the secret that is searched for: form -> bytes."""
    raw = secret.encode()
    found = {"plain": raw}
    for alignment in range(3):
        # The outermost characters also depend on the neighbours of the secret, so they are cut off.
        text = base64.b64encode(b"\0" * alignment + raw)
        start = 0 if alignment == 0 else 4 if len(raw) > 3 else 2
        end = len(text.rstrip(b"=")) - (0 if (len(raw) + alignment) % 3 == 0 else 1)
        found[f"base64, alignment {alignment}"] = text[start:end]
        found[f"base64url, alignment {alignment}"] = text[start:end].replace(b"+", b"-").replace(b"/", b"_")
    found["URL-escaped"] = urllib.parse.quote(secret, safe="").encode()
    found["URL-escaped, lower case"] = urllib.parse.quote(secret, safe="").replace("%2F", "%2f").replace("%2B", "%2b").encode()
    found["JSON-escaped"] = secret.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode()
    return found


def search(secrets, places):
    """secrets: name -> text. places: name -> bytes. Lines that say what was found where; they name
    the secret, and do not print it."""
    found = []
    for secret_name, secret in secrets.items():
        for form, needle in forms(secret).items():
            for place, haystack in places.items():
                if needle in haystack:
                    found.append(f"{secret_name} ({form}) in {place}")
    return sorted(set(found))


def process_tree(root):
    """The process numbers below root, itself included."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            children.setdefault(parent, []).append(int(name))
    found, rest = [], [root]
    while rest:
        pid = rest.pop()
        found.append(pid)
        rest += children.get(pid, [])
    return found


def process_texts(pid):
    """cmdline and environ of a process, as far as they can be read."""
    texts = {}
    for name in ("cmdline", "environ"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                texts[name] = file.read()
        except OSError:
            pass
    return texts
