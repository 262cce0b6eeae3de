# The Windows installer and the ZIP, in a new folder of Wine. Read by packaging/test.
# shellcheck shell=bash disable=SC2154,SC2034

test_windows() {
  local name=stepwell-$version-windows-x86_64 drive=$work/wine/drive_c local_data menu
  echo "$out/$name-setup.exe, under Wine"
  export WINEPREFIX=$work/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml='
  display
  wine() { DISPLAY=$screen /usr/lib/wine/wine64 "$@"; }
  wine wineboot -i >/dev/null 2>&1
  # Wine 8 lacks a library that programs in Rust take random numbers from. This one is for tests.
  if [ ! -e "$drive/windows/system32/bcryptprimitives.dll" ]; then
    printf '%s\n' '#include <windows.h>' 'BOOLEAN NTAPI SystemFunction036(PVOID, ULONG); /* RtlGenRandom */' \
      '__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {' \
      '  return size <= 0xffffffff && SystemFunction036(data, (ULONG)size);' '}' >"$work/random.c"
    x86_64-w64-mingw32-gcc -shared -o "$drive/windows/system32/bcryptprimitives.dll" "$work/random.c" -ladvapi32
  fi
  local user=$drive/users/$(id -un)
  local_data=$user/AppData/Local
  menu="$user/AppData/Roaming/Microsoft/Windows/Start Menu/Programs"
  local installed=$local_data/Programs/Stepwell key='HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Stepwell'
  local shell='HKCU\Software\Classes\Directory\shell\Stepwell'
  has_key() { wine reg query "$1" >/dev/null 2>&1; }
  # All keys of the user, but for two that every Windows has and a new folder of Wine has not.
  keys() {
    wine reg export 'HKCU\Software' "$work/keys.reg" /y >/dev/null 2>&1
    iconv -f UTF-16 -t UTF-8 "$work/keys.reg" | tr -d '\r' | grep '^\[' |
      grep -vE '\\(Software\\Classes|CurrentVersion\\Uninstall)\]$'
  }
  setup() { wine "$out/$name-setup.exe" /S; }
  list "$drive" >"$work/before"
  keys >"$work/keys-before"

  setup
  check "the program" test -s "$installed/stepwell.exe"
  check "README's links to the guide" readme_leads "$installed"
  check "the start menu" test -s "$menu/Stepwell.lnk"
  check "the list of programs" has_key "$key"
  check "the folders' menu" has_key "$shell"
  version_is wine "$installed/stepwell.com"
  wine "$installed/stepwell.exe" demo "C:\\plate" >/dev/null 2>&1 || wrong "stepwell demo ends with $?"
  check "“stepwell demo” writes a plate" test -d "$drive/plate"
  list "$drive" >"$work/installed"
  setup
  list "$drive" >"$work/again"
  check "upgraded over itself" cmp "$work/installed" "$work/again"
  version_is wine "$installed/stepwell.com"

  # While the program runs neither the installer nor the uninstaller goes on.
  local status=0
  wine "$installed/stepwell.com" demo 'C:\large' --wells 96 --size 1024x1024 --compression zstd >/dev/null 2>&1 &
  started+=($!)
  sleep 3
  setup || status=$?
  [ "$status" = 3 ] || wrong "while the program runs the installer ends with $status"
  kill -0 "${started[-1]}" 2>/dev/null || wrong "the program ended before the installer was tried"
  ok "refused while the program runs"
  wine taskkill /f /im stepwell.com >/dev/null 2>&1 || true
  wait "${started[-1]}" 2>/dev/null || true

  echo x >"$installed/notes of the user.txt"
  wine "$installed/uninstall.exe" /S
  # It goes on in a copy of itself, so that it can remove itself.
  for _ in $(seq 100); do
    [ -e "$installed/uninstall.exe" ] || break
    sleep 0.2
  done
  check "the user's own file beside it is kept" test -s "$installed/notes of the user.txt"
  list "$drive" >"$work/after"
  keys >"$work/keys-after"
  # The copy by which it removes itself stays in the folder for temporary files, until Windows starts the next time.
  nothing_left "$work/before" "$work/after" \
    "plate|large|users/[^/]+/Temp/|users/[^/]+/AppData/(Roaming|Local)/(stepwell|Temp)|users/[^/]+/AppData/Local/Programs( d|/Stepwell( d|/notes))"
  local left
  left=$(diff "$work/keys-before" "$work/keys-after") || wrong "keys are left or gone: $left"
  ok "the registry is as it was"

  echo "$out/$name.zip"
  unzip -q "$out/$name.zip" -d "$drive/portable"
  version_is wine "$drive/portable/$name/stepwell.com"
}
