#!/usr/bin/env bash
# Makes .cache/asterisk-VERSION, a Debian with Asterisk for the tests to run in a chroot, where it is missing:
# about a minute, 430 MB. VERSION is 16 (bullseye) or 22 (sid): Debian has none in the releases between.
set -euo pipefail
version="${1:-16}"
case "$version" in
  16) suite=bullseye ;;
  22) suite=sid ;;
  *) echo "there is no Debian with Asterisk $version: say 16 or 22" >&2; exit 1 ;;
esac
cache="$(cd "$(dirname "$0")/.." && pwd)/.cache"
image="$cache/asterisk-$version"
mkdir -p "$cache"
exec 9>"$image.lock"
flock 9
[ -d "$image" ] && exit 0
rm -rf "$image.unfinished"
debootstrap --variant=minbase --include=asterisk "$suite" "$image.unfinished" >"$image.log" 2>&1 \
  || { tail -5 "$image.log" >&2; exit 1; }
mv "$image.unfinished" "$image"
