#!/usr/bin/env python3
"""Debian's own driver on the virtual TPM, with swtpm behind it: random numbers, and a PCR that is extended.

What is measured stays until the machine is off, and no longer. LPAR names the emulator and its options, default
$builddir/lpar.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LPAR = os.environ.get("LPAR", os.environ.get("builddir", f"{TOP}/build") + "/lpar")
LIMIT_S = 240
DIGEST = bytes(range(32))
# TPM2_GetRandom of 16 bytes; TPM2_PCR_Extend of PCR 16 by the digest.
GET_RANDOM = bytes.fromhex("80010000000c0000017b0010")
EXTEND = bytes.fromhex("8002 00000041 00000182 00000010 00000009 40000009 0000 00 0000 00000001 000b") + DIGEST

SCRIPT = r"""
[ -c /dev/tpm0 ] || exit 1
command() { exec 3<>/dev/tpm0 && cat /job/$1 >&3 && dd bs=4096 count=1 <&3 2>/dev/null | od -v -An -tx1 | tr -d ' \n'; exec 3>&-; }
echo "version $(cat /sys/class/tpm/tpm0/tpm_version_major)"
echo "before $(cat /sys/class/tpm/tpm0/pcr-sha256/16)"
echo "random $(command random)"
echo "random $(command random)"
echo "extend $(command extend)"
echo "after $(cat /sys/class/tpm/tpm0/pcr-sha256/16)"
"""

failures = []


def check(what, ok, text=""):
    print(("ok: " if ok else "FAIL: ") + what)
    if not ok:
        failures.append(what)
        print(text)


def guest(folder):
    """Output of the script in a guest; the TPM's state is in the folder."""
    sock = f"{folder}/socket"
    tpm = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}/state", "--ctrl",
                            f"type=unixio,path={sock}", "--terminate"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if os.path.exists(sock):
                break
            time.sleep(0.1)
        options = f"-m 1G -chardev socket,id=c,path={sock} -tpmdev emulator,id=t,chardev=c -device tpm-spapr,tpmdev=t"
        environment = dict(os.environ, LPAR=f"{LPAR} {options}",
                           FILES=f"{folder}/script {folder}/random {folder}/extend")
        done = subprocess.run([f"{TOP}/quickstart", "boot", "--", "sh", "/job/script"], env=environment, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=LIMIT_S)
        try:
            ended = tpm.wait(10) == 0
        except subprocess.TimeoutExpired:
            ended = False
        check("swtpm is told that it is over", ended)
        return done.stdout, done.stdout + done.stderr
    finally:
        tpm.kill()
        tpm.wait()


def main():
    if not shutil.which("swtpm"):
        sys.exit("there is no swtpm: apt-get install swtpm")
    with tempfile.TemporaryDirectory(prefix="lpar-tpm-") as folder:
        os.mkdir(f"{folder}/state")
        for name, content in (("script", SCRIPT.encode()), ("random", GET_RANDOM), ("extend", EXTEND)):
            with open(f"{folder}/{name}", "wb") as f:
                f.write(content)
        extended = hashlib.sha256(bytes(32) + DIGEST).hexdigest().upper()
        for run in ("first", "second"):
            output, text = guest(folder)
            said = [line.split() for line in output.splitlines() if len(line.split()) == 2]
            values = {line[0]: line[1] for line in said}
            numbers = [line[1] for line in said if line[0] == "random"]
            check(f"{run} run: it is a TPM 2", values.get("version") == "2", text)
            check(f"{run} run: random numbers", len(numbers) == 2 and numbers[0] != numbers[1] and
                  all(n.startswith("80010000001c000000000010") and len(n) == 56 for n in numbers), text)
            check(f"{run} run: nothing is measured yet", values.get("before") == "0" * 64, text)
            check(f"{run} run: what is measured stays", values.get("after", "").upper() == extended, text)
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
