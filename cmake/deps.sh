#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian 12 packages of the named groups that are missing, and says which.
# usage: deps.sh GROUP...   groups: build test lint coverage calibrate formal python cluster
set -eu
cd "$(dirname "$0")"
packages=
for group in "$@"; do
  found=$(sed -n "s/^$group: *//p" packages.txt)
  [ -n "$found" ] || { echo "deps: no group '$group' in packages.txt" >&2; exit 2; }
  packages="$packages $found"
done
missing=
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "deps: every package of '$*' is installed"
  exit 0
fi
echo "deps: installing$missing"
command -v apt-get >/dev/null || { echo "deps: no apt-get here; install the equivalents of:$missing" >&2; exit 2; }
root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "deps: neither root nor sudo; ask an administrator to run: apt-get install$missing" >&2; exit 2; }
  root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # the list is meant to split
install() { $root apt-get install -y -qq --no-install-recommends $missing >/dev/null; }
$root apt-get update -qq || echo "deps: apt-get update failed; trying with the package lists at hand" >&2
install || { echo "deps: apt-get could not install$missing" >&2; exit 2; }
echo "deps: done"
