# The papers of an image: its list of parts (SPDX 2.3) and where it was made from (in-toto, SLSA
# provenance 1). Plain printf: the build stage has neither jq nor Python, and all values are names,
# versions and hashes.
# shellcheck shell=bash
# shellcheck disable=SC2154  # SOURCE_DATE_EPOCH is the caller's

# NAME in Debian, what it is called, licence, linked into: a(gent) i(njector), or b(usybox), c(ertificates).
image_parts=(
  "libc6-dev glibc LGPL-2.1-or-later ai"
  "libstdc++-12-dev libstdc++ GPL-3.0-or-later_WITH_GCC-exception-3.1 ai"
  "libssl-dev openssl Apache-2.0 ai"
  "libboost1.81-dev boost BSL-1.0 ai"
  "libyaml-dev libyaml MIT ai"
  "libre2-dev re2 BSD-3-Clause a"
  "libcrypt-dev libxcrypt LGPL-2.1-or-later a"
  "nlohmann-json3-dev nlohmann-json MIT i"
  "busybox-static busybox GPL-2.0-only b"
  "ca-certificates ca-certificates MPL-2.0 c"
)

papers_time() { date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ; }
papers_version() { sed -n 's/^project(leasehold VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt; }
sha256_of() { sha256sum "$1" | cut -d' ' -f1; }

# parts_of KINDS: "package version name licence" of each part that is in the image.
parts_of() {
  local row package name licence where version
  for row in "${image_parts[@]}"; do
    read -r package name licence where <<<"$row"
    [[ $where =~ [$1] ]] || continue
    version=$(dpkg-query -W -f '${Version}' "$package")
    printf '%s %s %s %s\n' "$package" "$version" "$name" "${licence//_/ }"
  done
}

# write_sbom ROOT PROGRAM KINDS BINARY
write_sbom() {
  local root=$1 program=$2 kinds=$3 hash package version name licence
  hash=$(sha256_of "$root/$4")
  printf '{\n "spdxVersion": "SPDX-2.3",\n "dataLicense": "CC0-1.0",\n "SPDXID": "SPDXRef-DOCUMENT",\n'
  printf ' "name": "%s",\n "documentNamespace": "urn:leasehold:%s:%s:%s",\n' "$program" "$program" "$kinds" "$hash"
  printf ' "creationInfo": {"created": "%s", "creators": ["Tool: leasehold-image-root"]},\n "packages": [\n' "$(papers_time)"
  printf '  {"SPDXID": "SPDXRef-program", "name": "%s", "versionInfo": "%s", "downloadLocation": "NOASSERTION",\n' "$program" "$(papers_version)"
  printf '   "filesAnalyzed": false, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0",\n'
  printf '   "copyrightText": "NOASSERTION", "checksums": [{"algorithm": "SHA256", "checksumValue": "%s"}]}' "$hash"
  local relations='  {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-program"}'
  while read -r package version name licence; do
    printf ',\n  {"SPDXID": "SPDXRef-%s", "name": "%s", "versionInfo": "%s", "downloadLocation": "NOASSERTION",\n' "$name" "$name" "$version"
    printf '   "filesAnalyzed": false, "licenseConcluded": "NOASSERTION", "licenseDeclared": "%s", "copyrightText": "NOASSERTION",\n' "$licence"
    printf '   "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",\n'
    printf '     "referenceLocator": "pkg:deb/debian/%s@%s?arch=%s&distro=debian-12"}]}' "${package//+/%2B}" "${version//+/%2B}" "$(dpkg --print-architecture)"
    local kind=STATIC_LINK
    case $name in busybox | ca-certificates) kind=CONTAINS ;; esac
    relations+=$(printf ',\n  {"spdxElementId": "SPDXRef-program", "relationshipType": "%s", "relatedSpdxElement": "SPDXRef-%s"}' "$kind" "$name")
  done < <(parts_of "$kinds")
  printf '\n ],\n "relationships": [\n%s\n ]\n}\n' "$relations"
}

# write_provenance ROOT PROGRAM KINDS BINARY...
write_provenance() {
  local root=$1 program=$2 kinds=$3 binary package version name licence separator=''
  shift 3
  printf '{\n "_type": "https://in-toto.io/Statement/v1",\n "subject": ['
  for binary in "$@"; do
    printf '%s\n  {"name": "%s", "digest": {"sha256": "%s"}}' "$separator" "$binary" "$(sha256_of "$root/$binary")"
    separator=','
  done
  printf '\n ],\n "predicateType": "https://slsa.dev/provenance/v1",\n "predicate": {\n  "buildDefinition": {\n'
  printf '   "buildType": "urn:leasehold:image-root:1",\n'
  printf '   "externalParameters": {"program": "%s", "version": "%s", "preset": "release", "revision": "%s", "sourceDateEpoch": %s},\n' \
    "$program" "$(papers_version)" "${REVISION:-}" "$SOURCE_DATE_EPOCH"
  printf '   "internalParameters": {"compiler": "%s"},\n   "resolvedDependencies": [' "$(clang++-19 --version | head -1)"
  separator=''
  # shellcheck disable=SC2034  # licence takes the rest of the line
  while read -r package version name licence; do
    printf '%s\n    {"uri": "pkg:deb/debian/%s@%s"}' "$separator" "${package//+/%2B}" "${version//+/%2B}"
    separator=','
  done < <(parts_of "$kinds"; for package in clang-19 lld-19 cmake ninja-build; do
    printf '%s %s\n' "$package" "$(dpkg-query -W -f '${Version}' "$package")"; done)
  printf '\n   ]\n  },\n  "runDetails": {"builder": {"id": "urn:leasehold:scripts/image-root.sh"}}\n }\n}\n'
}

# lay_papers ROOT PROGRAM BINARY...: both papers, for the programs below ROOT.
lay_papers() {
  local root=$1 program=$2 kinds=ic
  shift 2
  [ "$program" = leasehold-injector ] || kinds=ac
  [ $# = 1 ] || kinds+=b
  install -d "$root/usr/share/leasehold"
  write_sbom "$root" "$program" "$kinds" "$1" >"$root/usr/share/leasehold/sbom.spdx.json"
  write_provenance "$root" "$program" "$kinds" "$@" >"$root/usr/share/leasehold/provenance.json"
  chmod 644 "$root"/usr/share/leasehold/*
}
