#!/usr/bin/env python3
"""Debian on POWER9 and POWER8, to which a monitor adds processors, memory and PCI functions and takes them back, again
and again, while programs run that see whether something is lost.

LPAR names the emulator and its options, default $builddir/lpar; ROUNDS is how often (3); PROCESSORS names those to run;
CASES the kinds of devices.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LPAR = os.environ.get("LPAR", os.environ.get("builddir", f"{TOP}/build") + "/lpar")
ROUNDS = int(os.environ.get("ROUNDS", "3"))
LIMIT_S = 60 + 20 * ROUNDS
GIB = 1 << 30

# load N: so many programs that compute the same again and again; unload: the end of them, after a look at what they say.
LOAD = r"""
head -c 300000 /dev/urandom >/tmp/data
sum=$(sha256sum </tmp/data)
: >/tmp/run
one() {
    while [ -e /tmp/run ]; do
        [ "$(sha256sum </tmp/data)" = "$sum" ] || { echo "wrong" >>/tmp/wrong; }
        echo >>/tmp/done
    done
}
load() { n=0; while [ $n -lt $1 ]; do one & n=$((n + 1)); done; }
unload() {
    rm /tmp/run
    wait
    [ ! -e /tmp/wrong ] || { echo "wrong: $(wc -l </tmp/wrong)"; exit 7; }
    echo "computed $(wc -l </tmp/done)"
}
"""

# Programs that compute the same again and again, as many as processors at most. A core is the guest's when its threads
# are online; then each of them is to have worked, some of it by a program that may run nowhere else.
PROCESSORS = LOAD + r"""
cpus=/sys/devices/system/cpu
count() { grep -c ^processor /proc/cpuinfo; }
until_count() { n=0; while [ $(count) != $1 ]; do n=$((n + 1)); [ $n -lt 300 ] || { echo "still $(count)"; dmesg | tail; exit 1; }; sleep 0.1; done; }
base=$(count)
most=$(($(sed 's/.*-//' $cpus/possible) + 1))
load $most
i=0
while [ $i -lt ROUNDS ]; do
    echo "add $i"
    until_count $most
    c=$base
    while [ $c -lt $most ]; do
        [ "$(taskset $(printf %x $((1 << c))) sha256sum </tmp/data)" = "$sum" ] || exit 2
        set -- $(grep "^cpu$c " /proc/stat)
        [ $(($2 + $4)) -gt 0 ] || { echo "cpu $c has done nothing"; exit 3; }
        c=$((c + 1))
    done
    echo "remove $i"
    until_count $base
    until_absent() { n=0; while [ -e /proc/device-tree/cpus/*@$1 ]; do n=$((n + 1)); [ $n -lt 100 ] || exit 4; sleep 0.1; done; }
    until_absent $(printf %x $base)
    i=$((i + 1))
done
unload
dmesg | grep -iE 'BUG|WARNING|stall|lockup' && exit 6
echo done
"""

# Blocks are put into use as they come, and the guest has to let all of them go.
MEMORY = LOAD + r"""
load 1
cd /sys/devices/system/memory
blocks() { ls -d memory* | wc -l; }
until_blocks() { n=0; while [ $(blocks) != $1 ]; do n=$((n + 1)); [ $n -lt 300 ] || { echo "still $(blocks)"; dmesg | tail; exit 1; }; sleep 0.1; done; }
base=$(blocks)
total() { sed -n 's/MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo; }
before=$(total)
more=$((1024 * 1048576 / 0x$(cat block_size_bytes)))
i=0
while [ $i -lt ROUNDS ]; do
    echo "add $i"
    until_blocks $((base + more))
    for b in memory*; do [ $(cat $b/state) = online ] || echo online_movable >$b/state || exit 2; done
    n=0; while [ $(total) -lt $((before + 1048576)) ]; do n=$((n + 1)); [ $n -lt 50 ] || exit 3; sleep 0.1; done
    # What moves lies there first.
    dd if=/dev/urandom of=/tmp/moves bs=1M count=128 2>/dev/null || exit 5
    moves=$(sha256sum </tmp/moves)
    echo "remove $i"
    until_blocks $base
    [ "$(sha256sum </tmp/moves)" = "$moves" ] || { echo "contents have changed"; exit 6; }
    rm /tmp/moves
    i=$((i + 1))
done
[ $(total) = $before ] || { echo "total $before, now $(total)"; exit 4; }
unload
echo done
"""

# What rtas_errd and drmgr do: an event comes, a connector is configured, its node put into the tree, the bus looked at.
PCI = r"""
import ctypes, glob, mmap, os, struct, sys, time
libc = ctypes.CDLL(None)
RTAS = "/proc/device-tree/rtas/"
where, size = open("/proc/powerpc/rtas/rmo_buffer").read().split()
area = mmap.mmap(os.open("/dev/mem", os.O_RDWR | os.O_SYNC), 65536, offset=int(where, 16) & ~65535)
at = int(where, 16) & 65535
log = os.open("/proc/powerpc/rtas/error_log", os.O_RDONLY | os.O_NONBLOCK)

def fail(*why):
    print("failed:", *why, flush=True)
    os.system("dmesg | tail -20")
    sys.exit(1)

def until(what, true):
    for _ in range(600):
        got = true()
        if got:
            return got
        time.sleep(0.05)
    fail(what)

def rtas(name, *args):
    token = struct.unpack(">I", open(RTAS + name, "rb").read())[0]
    block = ctypes.create_string_buffer(struct.pack(">%dI" % (3 + len(args)), token, len(args), 1, *args), 96)
    if libc.syscall(255, block):
        fail(name, "is not let through")
    return struct.unpack_from(">i", block, 12 + 4 * len(args))[0]

def event(action):
    try:
        record = os.read(log, 65536)
    except BlockingIOError:
        return None
    found = record.find(b"HP\0\x14")
    kind, done, by, _, index = struct.unpack_from(">BBBBI", record, found + 8)
    if found < 0 or (kind, done, by) != (5, action, 2):
        fail("the event is", record[found:found + 16])
    return index, 1

def text(offset):
    return area[at + offset:area.find(b"\0", at + offset)].decode()

def configure(index):
    area[at:at + 8] = struct.pack(">II", index, 0)
    name, properties = None, []
    while True:
        status = rtas("ibm,configure-connector", int(where, 16), 0)
        if status == 0:
            return name, properties
        _, _, name_at, length, value_at = struct.unpack_from(">5I", area, at)
        if status == 2:
            name = text(name_at)
        elif status == 3:
            properties.append((text(name_at), area[at + value_at:at + value_at + length]))
        else:
            fail("configure-connector", status)

def change(words):
    with open("/proc/powerpc/ofdt", "wb", buffering=0) as f:
        f.write(words)

bridge = glob.glob("/proc/device-tree/pci@*")[0][len("/proc/device-tree"):]
names = {}
def add():
    index, _ = until("event", lambda: event(1))
    if rtas("set-indicator", 9001, index, 1):
        fail("unisolate")
    name, properties = configure(index)
    names[index] = bridge + "/" + name
    if dict(properties)["ibm,my-drc-index"] != struct.pack(">I", index):
        fail("index", properties)
    change(b"add_node " + names[index].encode() + b" " +
           b" ".join(b"%s %d %s" % (n.encode(), len(v), v) for n, v in properties))
    open("/sys/bus/pci/rescan", "w").write("1")

def remove():
    index, _ = until("event", lambda: event(2))
    open("/sys/bus/pci/devices/0000:00:%02x.0/remove" % ((index & 0xff) >> 3), "w").write("1")
    change(b"remove_node " + names.pop(index).encode())
    if rtas("set-indicator", 9001, index, 0):
        fail("isolate")

for module in ("virtio_pci", "virtio_blk", "virtio_net", "virtio-rng", "nvme", "9pnet_virtio", "9p"):
    os.system("modprobe " + module)
connectors = open("/proc/device-tree" + bridge + "/ibm,drc-indexes", "rb").read()
if len(connectors) != 257 * 4:
    fail("connectors", len(connectors))
for i in range(ROUNDS):
    print("add", i, flush=True)
    for _ in range(5):
        add()
    until("disk", lambda: os.path.exists("/dev/vda"))
    until("network", lambda: glob.glob("/sys/class/net/e*"))
    until("numbers", lambda: "virtio" in open("/sys/class/misc/hw_random/rng_available").read())
    until("size", lambda: open("/sys/block/vda/size").read() == "6144\n")
    until("nvme", lambda: os.path.exists("/dev/nvme0n1"))
    for name in ("/dev/vda", "/dev/nvme0n1"):
        with open(name, "r+b", buffering=0) as disk:
            disk.write((b"round %d\n" % i).ljust(4096))
            os.fsync(disk.fileno())
    until("folder", lambda: not os.system("mkdir -p /share && mount -t 9p -o trans=virtio,version=9p2000.L share /share"))
    os.mkdir("/share/round-%d" % i)
    os.system("umount /share")
    print("remove", i, flush=True)
    for _ in range(5):
        remove()
    until("end", lambda: not os.path.exists("/dev/vda") and not os.path.exists("/dev/nvme0n1") and not glob.glob("/sys/class/net/e*") and
          not glob.glob("/sys/bus/pci/devices/*"))
print("done")
"""

failures = []


def check(what, ok, text=""):
    print(("ok: " if ok else "FAIL: ") + what, flush=True)
    if not ok:
        failures.append(what)
        print(text, flush=True)


class Qmp:
    """A session with the monitor."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(200):
            try:
                self.socket.connect(f"{folder}/qmp")
                break
            except OSError:
                time.sleep(0.1)
        self.socket.settimeout(60)
        self.file = self.socket.makefile("rw", encoding="utf8")
        self.events = []
        self.read()
        self.run("qmp_capabilities")

    def read(self):
        return json.loads(self.file.readline())

    def run(self, command, **arguments):
        arguments = {name if name == "mount_tag" else name.replace("_", "-"): value for name, value in arguments.items()}
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = self.read()
            if "event" not in answer:
                return answer
            self.events.append(answer)

    def pid(self):
        """Of the emulator."""
        credentials = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int.from_bytes(credentials[:4], sys.byteorder)

    def wait(self, name, device):
        while True:
            for event in self.events:
                if event["event"] == name and event["data"].get("device") == device:
                    self.events.remove(event)
                    return event
            answer = self.read()
            if "event" in answer:
                self.events.append(answer)


class Guest:
    """A script in a guest, line by line."""

    def __init__(self, folder, script, options):
        with open(f"{folder}/script", "w", encoding="ascii") as f:
            f.write(script.replace("ROUNDS", str(ROUNDS)))
        environment = dict(os.environ, FILES=f"{folder}/script", LAYERS="modules python",
                           LPAR=f"{LPAR} {options} -qmp unix:{folder}/qmp,server=on,wait=off")
        self.log = open(f"{folder}/log", "w+", encoding="utf8", errors="replace")
        self.process = subprocess.Popen(
            [f"{TOP}/quickstart", "boot", "--", "python3" if script is PCI else "sh", "/job/script"], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, text=True, errors="replace", start_new_session=True)
        self.timer = threading.Timer(LIMIT_S, lambda: os.killpg(self.process.pid, signal.SIGKILL))
        self.timer.start()
        self.said = ""

    def lines(self):
        for line in self.process.stdout:
            self.said += line
            yield line.split()

    def end(self):
        self.process.wait()
        self.timer.cancel()
        self.log.seek(0)
        text = self.said + self.log.read()
        self.log.close()
        return self.process.returncode, text


def empty_places(qmp):
    return [p for p in qmp.run("query-hotpluggable-cpus")["return"] if "qom-path" not in p]


def add_cores(qmp, _):
    places = empty_places(qmp)
    answers = [qmp.run("device_add", driver=p["type"], id=f"c{p['props']['core-id']}", **p["props"]) for p in places]
    taken = qmp.run("device_add", driver=places[0]["type"], **places[0]["props"])
    threads = {t["thread-id"] for t in qmp.run("query-cpus-fast")["return"]}
    return ("error" in taken and all("return" in a for a in answers) and not empty_places(qmp) and
            threads <= {int(t) for t in os.listdir(f"/proc/{qmp.pid()}/task")})


def remove_cores(qmp, _):
    names = [p["qom-path"].split("/")[-1] for p in qmp.run("query-hotpluggable-cpus")["return"]
             if "/peripheral/" in p["qom-path"]]
    before = len(os.listdir(f"/proc/{qmp.pid()}/task"))
    answers = [qmp.run("device_del", id=name) for name in names]
    for name in names:
        qmp.wait("DEVICE_DELETED", name)
    return (all("return" in a for a in answers) and len(names) == len(empty_places(qmp)) and
            len(os.listdir(f"/proc/{qmp.pid()}/task")) < before and
            "error" in qmp.run("device_del", id="/machine/unattached/device[0]"))


def add_memory(qmp, i):
    answers = [qmp.run("object-add", qom_type="memory-backend-ram", id=f"m{i}", size=GIB),
               qmp.run("device_add", driver="pc-dimm", id=f"d{i}", memdev=f"m{i}")]
    shown = qmp.run("query-memory-devices")["return"]
    return all("return" in a for a in answers) and [d["data"]["size"] for d in shown] == [GIB]


def remove_memory(qmp, i):
    taken = qmp.run("object-del", id=f"m{i}")
    asked = qmp.run("device_del", id=f"d{i}")
    qmp.wait("DEVICE_DELETED", f"d{i}")
    freed = qmp.run("object-del", id=f"m{i}")
    return ("error" in taken and "return" in asked and "return" in freed and
            qmp.run("query-memory-devices")["return"] == [])


def add_functions(qmp, i):
    for name in ("disk", "nvme"):
        with open(f"{qmp.folder}/{name}", "wb") as f:
            f.truncate(1 << 20)
    answers = [
        qmp.run("blockdev-add", driver="raw", node_name="nvme", file={"driver": "file", "filename": f"{qmp.folder}/nvme"}),
        qmp.run("blockdev-add", driver="raw", node_name="disk", file={"driver": "file", "filename": f"{qmp.folder}/disk"}),
        qmp.run("netdev_add", type="user", id="net"),
        qmp.run("device_add", driver="virtio-blk-pci", drive="disk", id="b", serial=f"n{i}"),
        qmp.run("device_add", driver="virtio-net-pci", netdev="net", id="n"),
        qmp.run("device_add", driver="virtio-rng-pci", id="r"),
        qmp.run("device_add", driver="nvme", drive="nvme", id="v", serial=f"v{i}"),
        qmp.run("device_add", driver="virtio-9p-pci", fsdev="fs", id="p", mount_tag="share"),
    ]
    answers.append(qmp.run("block_resize", node_name="disk", size=3 << 20))
    return all("return" in a for a in answers)


def remove_functions(qmp, i):
    taken = qmp.run("blockdev-del", node_name="disk")
    stats = qmp.run("query-blockstats")["return"]
    functions = [d["qdev_id"] for bridge in qmp.run("query-pci")["return"] for d in bridge["devices"]]
    for name in "bnrvp":
        qmp.run("device_del", id=name)
    for name in "bnrvp":
        qmp.wait("DEVICE_DELETED", name)
    freed = [qmp.run("blockdev-del", node_name="disk"), qmp.run("blockdev-del", node_name="nvme"), qmp.run("netdev_del", id="net")]
    with open(f"{qmp.folder}/disk", "rb") as f:
        written = f.read(64)
    with open(f"{qmp.folder}/nvme", "rb") as f:
        written_too = f.read(64)
    os.rmdir(f"{qmp.folder}/share/round-{i}")
    return ("error" in taken and functions == ["b", "n", "r", "v", "p"] and written_too == written and all("return" in a for a in freed) and all(x["stats"]["wr_bytes"] >= 4096 for x in stats[:2]) and
            written.startswith(f"round {i}\n".encode()))


# Options, or those of each processor.
CASES = {
    "processors": (PROCESSORS, {"POWER9": "-smp 1,maxcpus=4", "POWER8": "-smp 2,threads=2,maxcpus=6"},
                   add_cores, remove_cores),
    "memory": (MEMORY, "-m 1G,slots=4,maxmem=4G", add_memory, remove_memory),
    "functions": (PCI, "-fsdev local,id=fs,path={folder}/share,security_model=none", add_functions, remove_functions),
}


def run(name, processor):
    script, options, add, remove = CASES[name]
    if isinstance(options, dict):
        options = options[processor]
    done = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/share")
        guest = Guest(folder, script, f"-cpu {processor} {options}".replace("{folder}", folder))
        qmp = None
        try:
            for words in guest.lines():
                if words[:1] == ["add"]:
                    qmp = qmp or Qmp(folder)
                    wrong += not add(qmp, words[1])
                elif words[:1] == ["remove"]:
                    wrong += not remove(qmp, words[1])
                    done += 1
        except (OSError, ValueError) as error:
            guest.said += f"{error!r}\n"
            os.killpg(guest.process.pid, signal.SIGKILL)
        status, text = guest.end()
        check(f"{name} on {processor}: {done} rounds", not status and not wrong and done == ROUNDS,
              f"status {status}, {wrong} wrong answers\n{text}")


for case in os.environ.get("CASES", " ".join(CASES)).split():
    for cpu in os.environ.get("PROCESSORS", "POWER9 POWER8").split():
        run(case, cpu)
sys.exit(bool(failures))
