#!/usr/bin/env bash
# Makes sure that the servers, the browser and the checkers which the tests start are on this machine.
# Debian or Ubuntu as root; elsewhere it says what to install.
set -euo pipefail
need=()
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || need+=(postgresql)
command -v redis-server >/dev/null || need+=(redis-server)
command -v chromium >/dev/null || need+=(chromium)
command -v haproxy >/dev/null || [ -x /usr/sbin/haproxy ] || need+=(haproxy)
command -v espeak-ng >/dev/null || need+=(espeak-ng)
command -v sox >/dev/null || need+=(sox)
[ -x /usr/sbin/dovecot ] || command -v dovecot >/dev/null || need+=(dovecot-imapd)
command -v promtool >/dev/null || need+=(prometheus)
command -v systemd-analyze >/dev/null || need+=(systemd)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || need+=(fonts-noto-cjk fontconfig)
# Asterisk is entered by chroot, which only root may: elsewhere its tests are left out, with the reason.
if [ "$(id -u)" = 0 ]; then command -v debootstrap >/dev/null || need+=(debootstrap); fi
image() { [ "$(id -u)" != 0 ] || bash "$(dirname "$0")/asterisk_image.sh"; }
[ ${#need[@]} -eq 0 ] && { image; exit 0; }
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests start these servers, please install them: ${need[*]}" >&2
  exit 1
fi
# A package's own server must not start beside ours.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' > $policy
  chmod 755 $policy
  trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
image
