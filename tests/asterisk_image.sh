#!/usr/bin/env bash
# Makes .cache/asterisk-16, a Debian bullseye with Asterisk for the tests to run in a chroot, where it is missing:
# about a minute, 430 MB. Debian has Asterisk in bullseye and in sid, not in the releases between.
set -euo pipefail
cache="$(cd "$(dirname "$0")/.." && pwd)/.cache"
image="$cache/asterisk-16"
mkdir -p "$cache"
exec 9>"$cache/asterisk-16.lock"
flock 9
[ -d "$image" ] && exit 0
rm -rf "$image.unfinished"
debootstrap --variant=minbase --include=asterisk bullseye "$image.unfinished" >"$cache/asterisk-16.log" 2>&1 \
  || { tail -5 "$cache/asterisk-16.log" >&2; exit 1; }
mv "$image.unfinished" "$image"
