# The RPM package, in an empty folder. Read by packaging/test.
# shellcheck shell=bash disable=SC2154,SC2034

test_rpm() {
  local package root=$work/rpm
  package=$out/stepwell-$version-1.$(uname -m).rpm
  echo "$package, in an empty folder"
  mkdir -p "$root"
  in_root() { rpm --root "$root" "$@" 2> >(grep -vE 'not recommended|Alien|assuming' >&2 || true); }
  in_root --initdb
  list "$root" -path ./var/lib -prune -o -mindepth 1 >"$work/before"
  # The folder has no libraries: the program runs with those of this computer.
  in_root --install --nodeps "$package"
  check "its files are as they were packaged" in_root --verify --nodeps stepwell
  version_is env HOME="$work" "$root/usr/bin/stepwell"
  in_root --upgrade --nodeps --replacepkgs "$package"
  check "upgraded over itself" in_root --verify --nodeps stepwell
  in_root --erase --nodeps stepwell
  list "$root" -path ./var/lib -prune -o -mindepth 1 >"$work/after"
  # Folders of the file system belong to another package.
  nothing_left <(grep -v ' d$' "$work/before") <(grep -v ' d$' "$work/after") 'var/'
}
