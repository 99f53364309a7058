#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the unit tests that have vector code on an emulated processor with AVX-512 (Bochs), for machines whose own has none.
# usage: run.sh BUILD_FOLDER OUT; exit status 1 if a test fails. The machine's console is OUT/console.txt. About half an hour.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
tests=(numerics/unit.numerics datapath/unit_core_rows datapath/unit_core_serial_pe datapath/unit_core_streams kernels/unit_kernels
       layers/vector_ops_test)

# A kernel, unpacked and not installed.
cd "$out"
kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: //p' | head -1)
[ -n "$kernel" ] || { echo "emulated: apt knows no linux-image-cloud-amd64; run apt-get update" >&2; exit 2; }
[ -d "$kernel" ] || { apt-get download -qq "$kernel" 2>/dev/null && dpkg -x "$kernel"_*.deb "$kernel"; }

# The root file system: busybox, the tests, their libraries.
rm -rf root disc console.txt
mkdir -p root/{bin,tests,proc,dev,tmp} disc/isolinux
install -m 755 "$here/init" root/init
cp /bin/busybox root/bin/
ln -s busybox root/bin/sh
for test in "${tests[@]}"; do
  strip -o "root/tests/${test##*/}" "$build/tests/unit/$test"
  ldd "$build/tests/unit/$test" | grep -o '/[^ ]*' | xargs -r cp -Lu --parents -t root
done
(cd root && find . | cpio -o -H newc --quiet | gzip -1) >disc/initrd.gz

# A disc that boots it (without XSAVEC and XSAVES, features 321 and 323: Bochs 2.7 lays their areas out otherwise than the kernel expects,
# which then leaves AVX off), and the machine. Bochs's debugger waits for "c", and then its keyboard must stay open.
cp "$kernel"/boot/vmlinuz-* disc/vmlinuz
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 disc/isolinux/
cat >disc/isolinux/isolinux.cfg <<END
default run
label run
  kernel /vmlinuz
  append initrd=/initrd.gz console=ttyS0,115200 quiet panic=1 mitigations=off clearcpuid=321,323
END
xorriso -as mkisofs -quiet -o disc.iso -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table disc \
  2>/dev/null
cat >bochsrc <<END
cpu: model=corei7_skylake_x, count=1, ips=1200000000
memory: guest=2048, host=2048
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
display_library: term
ata0-master: type=cdrom, path=$out/disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$out/console.txt
log: $out/bochs.log
panic: action=fatal
clock: sync=none
END
echo c >start
trap 'pkill -9 -f "^bochs.*$out/bochsrc" || true; kill $(jobs -p) 2>/dev/null || true' EXIT
sleep infinity | TERM=xterm script -qfc "bochs -q -rc $out/start -f $out/bochsrc" screen.txt >/dev/null 2>&1 &
machine=$!
echo "emulated: ${#tests[@]} test programs; the console is $out/console.txt"
until grep -aqs '^END all' console.txt; do
  kill -0 "$machine" 2>/dev/null || { echo "emulated: the machine stopped; see $out/bochs.log and console.txt" >&2; exit 1; }
  sleep 2
done
tr -d '\r' <console.txt | grep -a '^avx512\|^END\|PASSED\|FAILED'
[ "$(grep -ac '^END .* 0' console.txt)" -eq ${#tests[@]} ]
