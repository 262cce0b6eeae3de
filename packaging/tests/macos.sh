# The macOS application, looked at: it cannot be started here. Read by packaging/test.
# shellcheck shell=bash disable=SC2154,SC2034

test_macos() {
  local archive=$out/stepwell-$version-macos.zip
  echo "$archive, looked at"
  [ -e "$archive" ] || { echo "  not made: it takes a program for macOS" && return 0; }
  unzip -q "$archive" -d "$work/macos"
  local contents=$work/macos/Stepwell.app/Contents
  check "Info.plist" python3 -c 'import plistlib, sys
plist = plistlib.load(open(sys.argv[1], "rb"))
assert plist["CFBundleShortVersionString"] == sys.argv[2], plist' "$contents/Info.plist" "$version"
  check "the program" test -x "$contents/MacOS/stepwell"
  check "README's links to the guide" readme_leads "$contents/Resources"
  check "the icon" python3 -c 'import sys
data = open(sys.argv[1], "rb").read()
assert data[:4] == b"icns" and int.from_bytes(data[4:8], "big") == len(data)
at, kinds = 8, []
while at < len(data):
    assert data[at + 8:at + 16] == b"\x89PNG\r\n\x1a\n"
    kinds.append(data[at:at + 4])
    at += int.from_bytes(data[at + 4:at + 8], "big")
assert at == len(data) and len(kinds) == 10, kinds' "$contents/Resources/stepwell.icns"
}
