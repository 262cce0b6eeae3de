# The Debian package, in a bare Debian that is made in a folder. Read by packaging/test.
# shellcheck shell=bash disable=SC2154,SC2034

test_deb() {
  local package=$out/stepwell_${version}_$(dpkg --print-architecture).deb root=$work/debian code mirror
  code=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
  echo "$package, in a bare Debian ($code)"
  debootstrap --variant=minbase "$code" "$root" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    wrong "$(tail -n 5 "$work/debootstrap.log")"
  # Its file systems are there only as long as a command runs.
  inside() {
    unshare --mount --fork bash -c '
      mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"' "$root" "$@"
  }
  as_user() { inside setpriv --reuid 1000 --regid 1000 --clear-groups env -i HOME=/home/somebody PATH=/usr/bin:/bin "$@"; }
  inside useradd --create-home --uid 1000 somebody
  # What the package asks for, and of what it recommends a driver.
  inside apt-get update -qq
  inside apt-get satisfy -qqy --no-install-recommends "$(dpkg-deb -f "$package" Depends)" \
    'libvulkan1, mesa-vulkan-drivers, libegl1, libgl1-mesa-dri' >"$work/apt.log" 2>&1 || wrong "$(tail -n 5 "$work/apt.log")"
  cp "$package" "$root/tmp/"
  # What others note when anything is installed is not the package's.
  local others='var/(log|cache)/|var/lib/dpkg/(status|available|lock|diversions|triggers)|var/lib/apt/|(proc|dev|sys|tmp|run)/'
  local of_user='home/somebody/(\.(local|config|cache)|Stepwell)'
  list "$root" >"$work/before"

  inside dpkg --install "/tmp/$(basename "$package")" >/dev/null
  version_is as_user stepwell
  for file in man/man1/stepwell.1.gz bash-completion/completions/stepwell icons/hicolor/{16x16,256x256}/apps/stepwell.png; do
    check "$file" test -s "$root/usr/share/$file"
  done
  check "README's links to the guide" readme_leads "$root/usr/share/doc/stepwell"
  check "the desktop entry" desktop-file-validate "$root/usr/share/applications/stepwell.desktop"
  # The one rule that is lowered is that an id has a domain (see the file).
  appstreamcli validate --no-net --pedantic --override cid-desktopapp-is-not-rdns=info \
    "$root/usr/share/metainfo/stepwell.metainfo.xml" >"$work/appstream.log" || wrong "$(cat "$work/appstream.log")"
  ok "the description for software centres"
  check "the manual can be read" grep -q SYNOPSIS <(man -l "$root/usr/share/man/man1/stepwell.1.gz" 2>/dev/null)

  display
  local command
  command=$(sed -n '/^\[Desktop Action demo\]/,$s/^Exec=//p' "$root/usr/share/applications/stepwell.desktop")
  # shellcheck disable=SC2086 # a desktop parts it into words, too
  as_user DISPLAY="$screen" $command >"$work/window.log" 2>&1 &
  started+=($!)
  local class
  class=$(sed -n 's/^StartupWMClass=//p' "$root/usr/share/applications/stepwell.desktop")
  picture "$class" "$out/window-debian.png" || wrong "no window of the desktop entry's class: $(cat "$work/window.log")"
  ok "“$command” of the desktop entry opens its window"
  records() { find "$root/home/somebody/Stepwell" -name record.ron 2>/dev/null; }
  # The comparison has come to its end when both ways have their record.
  for _ in $(seq 120); do
    [ "$(records | wc -l)" -lt 2 ] || break
    sleep 1
  done
  [ "$(records | wc -l)" -ge 2 ] || wrong "the demo plate is not compared within two minutes"
  picture "$class" "$out/window-debian.png"
  ok "the demo plate is compared in it: $out/window-debian.png"
  inside dpkg --install "/tmp/$(basename "$package")" >/dev/null
  version_is as_user stepwell
  ok "upgraded over itself while its window is open"
  end_window stepwell
  wait "${started[-1]}" || true
  check "the user has files" grep -qE "^$of_user" <(list "$root")

  inside dpkg --purge stepwell >/dev/null
  list "$root" >"$work/after"
  nothing_left "$work/before" "$work/after" "$others|$of_user"
}
