"""In a Debian guest: what its kernel makes of the platform's calls. Argument: the MMU. One line a case."""
import ctypes
import mmap
import os
import re
import sys

failed = []


def case(name, ok, seen=""):
    print(("ok: " if ok else "FAIL: ") + name, "" if ok else seen)
    if not ok:
        failed.append(name)


def kernel_log():
    return os.popen("dmesg").read()


def touch_nothing():
    """Loads from where neither memory nor a device is: the load is a machine check, and the process's end."""
    if os.fork() == 0:
        memory = os.open("/dev/mem", os.O_RDWR | os.O_SYNC)
        mapped = mmap.mmap(memory, 65536, mmap.MAP_SHARED, mmap.PROT_READ, offset=0x500000000)
        os.write(1, mapped[0:4])
        os._exit(0)
    return os.wait()[1] & 0x7f


def storage_keys():
    libc = ctypes.CDLL(None)
    keys = []
    while len(keys) < 40:
        key = libc.syscall(384, 0, 0)  # pkey_alloc
        if key < 0:
            break
        keys.append(key)
    return keys


mmu = sys.argv[1]
signals = [touch_nothing(), touch_nothing()]
log = kernel_log()
case("a machine check ends the process with SIGBUS", signals == [7, 7], signals)
case("its log says what it was", len(re.findall(r"MCE: CPU0: machine check \(Severe\)\s+UE Load/Store", log)) == 2,
     log[-2000:])
case("the firmware's r3 is good", "corrupt r3" not in log)
keys = storage_keys()
case("storage keys are there with the hash MMU", len(keys) > 20 if mmu == "hash" else not keys, keys)
if mmu == "hash":
    case("blocks of pages are removed at once", "H_BLOCK_REMOVE supports base psize:0 psize:0 block size:8" in log)
print("%d failed" % len(failed))
sys.exit(bool(failed))
