#!/usr/bin/env bash
# Days on a shared computer that take an administrator's rights to make: tests/shared_computer.sh [PROGRAM]
# Run by hand, as root, on Linux with util-linux (mount, setpriv, prlimit) and python3; it takes some minutes. PROGRAM is Stepwell
# [target/release/stepwell]. Everything is made in a folder for temporary files and mounted there, and goes again.
set -euo pipefail
program=$(realpath "${1:-target/release/stepwell}")
[ "$(id -u)" = 0 ] || { echo "run as root: shares are mounted, and another user is played" >&2 && exit 2; }
work=$(mktemp -d)
chmod 755 "$work"
mounted=()
finish() {
  for place in "${mounted[@]}"; do umount -l "$place" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
cd "$work"
cp "$program" stepwell
chmod 755 stepwell
export HOME=$work/home STEPWELL_CONFIG=$work/config
mkdir -p home config

passed=0
ok() { passed=$((passed + 1)) && echo "  ok: $*"; }
wrong() { echo "  WRONG: $*" >&2 && exit 1; }
# What a command ends with, though it fails.
status_of() { local status=0 && "$@" >out.log 2>err.log || status=$?; echo "$status"; }
# All images of a run by their content, whatever folder it is in.
hashes() { (cd "$1" && find . -type f '(' -iname '*.tif' -o -path './tables/*' ')' | sort | xargs -d '\n' sha256sum); }

./stepwell demo plate --wells 24 --sites 4 --channels 2 --planes 3 --size 256x256 >/dev/null 2>&1
chmod -R a+rX plate

echo "A share is taken away during a run, brought back, and the run gone on with"
./stepwell run plate --into undisturbed --mode sequential --sequential site --keep-images all >/dev/null 2>&1
mkdir on-server share
mount --bind on-server share && mounted+=("$work/share")
./stepwell run plate --into share/run --mode sequential --sequential site --keep-images all >out.log 2>err.log &
run=$!
for _ in $(seq 600); do [ "$(find share/run/wells -name '???.ron' 2>/dev/null | wc -l)" -lt 4 ] || break; sleep 0.1; done
umount -l share
status=0 && wait $run || status=$?
[ "$status" = 5 ] || wrong "the run ends with $status: $(tail -n 3 err.log)"
grep -q 'is not there any more' err.log || wrong "it does not say what is gone: $(tail -n 3 err.log)"
[ -z "$(find share -mindepth 1 | head -n 1)" ] || wrong "written under the mount point: $(find share | head)"
ok "exit code 5, and nothing under the mount point: $(grep 'is not there any more' err.log | head -n 1 | cut -c 1-150)"
mount --bind on-server share
done_before=$(find share/run/wells -name '???.ron' | wc -l)
./stepwell resume share/run >/dev/null 2>err.log || wrong "resume: $(tail -n 3 err.log)"
[ "$(hashes share/run)" = "$(hashes undisturbed)" ] || wrong "the outputs differ from those of an undisturbed run"
ok "gone on with after $done_before of 24 wells: $(hashes undisturbed | wc -l) files equal by hash to an undisturbed run's"

echo "Another user in a shared results folder"
mkdir -m 1777 results
./stepwell run plate --wells A01 --out results --mode bulk >/dev/null 2>&1
as_user() { setpriv --reuid 4242 --regid 4242 --clear-groups env HOME="$work/other" STEPWELL_CONFIG="$work/other" "$@"; }
mkdir other && chown 4242 other
[ "$(status_of as_user ./stepwell run plate --wells A01 --out results --mode bulk)" = 0 ] || wrong "$(tail -n 3 err.log)"
[ -d "results/plate (2)" ] || wrong "no folder of the user's own: $(ls results)"
ok "has a folder of their own"
[ "$(status_of as_user ./stepwell run plate --wells A01 --into results/plate/mine --mode bulk)" = 2 ] || wrong "$(cat err.log)"
ok "is refused before a run into that of the first: $(tail -n 1 err.log | cut -c 1-150)"

echo "Few processes"
mkdir -m 1777 few
for most in 1 2 3 4 6 8 12 16 24; do
  code=$(status_of timeout 120 setpriv --reuid 4243 --regid 4243 --clear-groups prlimit --nproc=$most \
    env HOME="$work/few" STEPWELL_CONFIG="$work/few" "$work/stepwell" run plate --wells A01 --out "$work/few" --mode bulk)
  [ "$code" != 124 ] || wrong "$most processes: it hangs"
  ! grep -qi panicked err.log || wrong "$most processes: $(grep -i -A 1 panicked err.log | head -n 2)"
  echo "    $most: exit code $code $(tail -n 1 err.log | cut -c 1-120)"
  case $code in 0 | 5) ;; *) wrong "$most processes: exit code $code: $(cat err.log)" ;; esac
done
ok "no panic, no hang"

echo "The place for temporary files is full"
mkdir full && mount -t tmpfs -o size=64k tmpfs full && mounted+=("$work/full")
head -c 100000 /dev/zero >full/x 2>/dev/null || true
peaks() { TMPDIR=$1 ./stepwell plan plate --wells A01 --json 2>/dev/null |
  python3 -c 'import json, sys; print(*[c["peak_rss_bytes"] for c in json.load(sys.stdin)["choices"]])'; }
usual=$(peaks /tmp) full=$(peaks "$work/full")
python3 - "$usual" "$full" <<'P' || wrong "forecasts differ: $usual and $full"
import sys
usual, full = (list(map(int, words.split())) for words in sys.argv[1:])
assert usual and len(usual) == len(full) and all(abs(a - b) < 8e6 for a, b in zip(usual, full))
P
ok "the forecast is the same: $full"

echo "$passed passed"
