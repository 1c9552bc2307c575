#!/usr/bin/env bash
# Installs the two programs that the sidecar tests read with: exiftool and exiv2. Debian and Ubuntu; elsewhere install them by hand.
# Without them those tests say NOT RUN and the build goes on.
set -euo pipefail
if command -v exiftool >/dev/null && command -v exiv2 >/dev/null; then
    exit 0
fi
command -v apt-get >/dev/null || { echo "install-readers: no apt-get here; install exiftool and exiv2 by hand" >&2; exit 1; }
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends
    libimage-exiftool-perl exiv2)
"${install[@]}" >&2 || { "${as_root[@]}" apt-get update -q >&2 && "${install[@]}" >&2; }
