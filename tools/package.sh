#!/usr/bin/env bash
# Makes build/tocsin_VERSION_ARCH.deb from the release build, and tries it in a scratch root.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
umask 022
parts=tools/package
root=build/package/root
rm -rf build/package
mkdir -p "$root/DEBIAN" "$root/usr/lib/tocsin" "$root/usr/share/doc/tocsin" "$root/usr/share/man/man1"

cmake --install build/release --prefix "$root/usr" --strip >/dev/null
install -m 0644 build/lib/libduckdb.so "$root/usr/lib/tocsin/"
strip --strip-unneeded "$root/usr/lib/tocsin/libduckdb.so"
install -D -m 0644 "$parts/tocsin.service" "$root/lib/systemd/system/tocsin.service"
install -D -m 0640 "$parts/tocsin.toml" "$root/etc/tocsin/tocsin.toml"
install -m 0644 "$parts/copyright" README.md docs/*.md "$root/usr/share/doc/tocsin/"
build/tocsin completion man | gzip -9n >"$root/usr/share/man/man1/tocsin.1.gz"
complete() { # SHELL FILE
  mkdir -p "$root/usr/share/$(dirname "$2")"
  build/tocsin completion "$1" >"$root/usr/share/$2"
}
complete bash bash-completion/completions/tocsin
complete zsh zsh/vendor-completions/_tocsin
complete fish fish/vendor_completions.d/tocsin.fish

version=$(build/tocsin --version | cut -d' ' -f2)
arch=$(dpkg --print-architecture)
printf 'tocsin (%s) unstable; urgency=medium\n\n  * See docs/ and the history of the source.\n\n -- Tocsin maintainers <tocsin@cirt.example>  %s\n' \
  "$version" "$(date -u -R -d "@$(git log -1 --format=%ct)")" | gzip -9n >"$root/usr/share/doc/tocsin/changelog.gz"

# What the two binaries need, by Debian's own reckoning. late.so stands for the libraries that the program opens when it needs them.
mkdir -p build/package/debian
grep -v libduckdb build/release/late_libraries | xargs clang-19 -shared -nostdlib -fuse-ld=lld -Wl,--no-as-needed -o build/package/late.so
printf 'Source: tocsin\n\nPackage: tocsin\nArchitecture: any\n' >build/package/debian/control
depends=$(cd build/package && dpkg-shlibdeps -O -lroot/usr/lib/tocsin -eroot/usr/bin/tocsin -eroot/usr/lib/tocsin/libduckdb.so -elate.so 2>shlibdeps.log |
  sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { cat build/package/shlibdeps.log >&2; exit 1; }

cat >"$root/DEBIAN/control" <<CONTROL
Package: tocsin
Version: $version
Architecture: $arch
Maintainer: Tocsin maintainers <tocsin@cirt.example>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: adduser, gpg, gpg-agent, gpgconf, fonts-noto-core, fonts-noto-cjk, $depends
Recommends: publicsuffix
Section: net
Priority: optional
Description: work of a national computer incident response team in one program
 Takes in feeds of security events, finds who is responsible for each address,
 warns the owners in their language, and sees whether they repaired. Embedded
 storage, web console, command line; no other service is needed.
CONTROL
echo /etc/tocsin/tocsin.toml >"$root/DEBIAN/conffiles"
install -m 0755 "$parts/postinst" "$parts/prerm" "$parts/postrm" "$root/DEBIAN/"
(cd "$root" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
deb=build/tocsin_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$deb" >/dev/null

# Unpacked elsewhere, does it run by itself?
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
dpkg-deb -x "$deb" "$scratch/root"
readelf -d "$scratch/root/usr/bin/tocsin" | grep -F '$ORIGIN/../lib/tocsin' | grep -qv "$PWD" || { echo "the binary's RUNPATH is wrong" >&2; exit 1; }
"$scratch/root/usr/bin/tocsin" --version >/dev/null
"$scratch/root/usr/bin/tocsin" init --config "$scratch/root/etc/tocsin/tocsin.toml" --data "$scratch/data" >/dev/null
"$scratch/root/usr/bin/tocsin" export events --format jsonl --data "$scratch/data" >/dev/null # its DuckDB is that of the package
[ -z "$(zcat "$scratch/root/usr/share/man/man1/tocsin.1.gz" | groff -man -ww -Tutf8 -z 2>&1)" ] || { echo "the manual page is not well formed" >&2; exit 1; }
if command -v systemd-analyze >/dev/null; then # the unit is well formed, and as closed as it is meant to be (0 to 100, less is better)
  sed "s#^ExecStart=#&$scratch/root#" "$root/lib/systemd/system/tocsin.service" >"$scratch/tocsin.service"
  systemd-analyze verify --man=no "$scratch/tocsin.service"
  systemd-analyze security --no-pager --offline=true --threshold=20 "$scratch/tocsin.service" >"$scratch/exposure" || { cat "$scratch/exposure" >&2; exit 1; }
fi
echo "$deb ($(du -h "$deb" | cut -f1))"
