# The archive that installs for one user, as one who has a home and nothing in it. Read by packaging/test.
# shellcheck shell=bash disable=SC2154,SC2034

test_tarball() {
  local archive home=$work/home folder
  archive=$out/stepwell-$version-linux-$(uname -m).tar.gz
  echo "$archive, for one user"
  mkdir -p "$home/.local/share/applications" "$work/unpacked"
  tar -xf "$archive" -C "$work/unpacked"
  folder=$(echo "$work"/unpacked/*)
  list "$home" >"$work/before"
  as_somebody() { env -i HOME="$home" PATH="$home/.local/bin:/usr/bin:/bin" "$@"; }
  as_somebody "$folder/install" >/dev/null
  version_is as_somebody stepwell
  check "the desktop entry" desktop-file-validate "$home/.local/share/applications/stepwell.desktop"
  as_somebody stepwell demo "$home/plate" >/dev/null 2>&1
  list "$home" >"$work/installed"
  # A file that the next version does not have.
  touch "$home/.local/share/doc/stepwell/old"
  sed -i '1i share/doc/stepwell/old' "$home/.local/lib/stepwell/files"
  as_somebody "$folder/install" >/dev/null
  list "$home" >"$work/again"
  check "upgraded over itself" cmp "$work/installed" "$work/again"
  as_somebody "$home/.local/lib/stepwell/install" --remove >/dev/null
  list "$home" >"$work/after"
  nothing_left "$work/before" "$work/after" 'plate|\.local/share/stepwell'
}
