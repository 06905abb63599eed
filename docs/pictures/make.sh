#!/bin/sh
# Renew the picture of the README from the sample company: sh docs/pictures/make.sh (after make setup; needs chromium).
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/../../.venv/bin/leadline" demo "$work/halden" --quiet
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-color-profile=srgb \
  --window-size=1180,1110 --screenshot="$here/report.png" "file://$work/halden/reports/review.html" 2>/dev/null
ls -l "$here/report.png"
