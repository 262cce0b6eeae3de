# shellcheck shell=bash disable=SC2034
# What the scripts of this folder share: their options, the program, and the files of a package as they lie below a
# prefix. To be read by them (“source”), not run.
set -euo pipefail
packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$packaging")
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$top/Cargo.toml" | head -n 1)

exe=
out=$top/target/packages
while [ $# -gt 0 ]; do
  case $1 in
    --exe) exe=$(realpath "${2:?a path}") && shift ;;
    --out) out=${2:?a folder} && shift ;;
    *) echo "usage: $(basename "$0") [--exe PROGRAM] [--out FOLDER]
  --exe  package a program that is built already, instead of building it
  --out  where the package goes [default: target/packages]" >&2 && exit 2 ;;
  esac
  shift
done
mkdir -p "$out"
out=$(realpath "$out")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The same sources make the same package, whenever it is made.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
umask 022

# Builds the program for a target, or for this computer, where none was given.
build() {
  [ -z "$exe" ] || return 0
  (cd "$top" && cargo build --release --locked ${1:+--target "$1"})
  local suffix=
  [[ ${1:-} != *windows* ]] || suffix=.exe
  exe=${CARGO_TARGET_DIR:-$top/target}/${1:+$1/}release/stepwell$suffix
}

# What every package has beside the program, for people: what it is, the guide, what changed, and the licences of all that
# is in a program for a target.
stage_documents() {
  install -Dm644 -t "$1" "$top"/{README.md,CHANGELOG.md,LICENSE-MIT,LICENSE-APACHE}
  install -m644 "$top/assets/fonts/OFL.txt" "$1/LICENSE-Inter"
  "$packaging/licences" "$2" >"$1/LICENSES-OTHERS"
  # Where README has its links to them. Their pictures are in the program's own help.
  install -Dm644 -t "$1/assets/guide" "$top"/assets/guide/*.md
}

# The files of a Linux package below a prefix such as /usr.
stage() {
  build
  install -Dm755 "$exe" "$1/bin/stepwell"
  # Nothing of the user who makes the package gets into it, nor the other way round.
  HOME=$work STEPWELL_CONFIG=$work "$exe" manual "$1/share"
  gzip -9n "$1"/share/man/man1/*.1
  install -Dm644 -t "$1/share/applications" "$packaging/stepwell.desktop"
  install -Dm644 -t "$1/share/metainfo" "$packaging/stepwell.metainfo.xml"
  install -Dm644 "$top/assets/icon.svg" "$1/share/icons/hicolor/scalable/apps/stepwell.svg"
  local picture size
  for picture in "$top"/assets/icons/*.png; do
    size=$(basename "$picture" .png)
    install -Dm644 "$picture" "$1/share/icons/hicolor/${size}x$size/apps/stepwell.png"
  done
  stage_documents "$1/share/doc/stepwell" "$(uname -m)-unknown-linux-gnu"
  chmod -R u=rwX,go=rX "$1"
}

# Says what was made, and keeps the list of checksums beside it.
made() {
  (cd "$out" && touch SHA256SUMS && sed -i "\|  $1\$|d" SHA256SUMS && sha256sum "$1" >>SHA256SUMS)
  echo "$out/$1: $(stat -c %s "$out/$1" | numfmt --to=si --format=%.1f)B"
}
