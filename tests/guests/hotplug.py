#!/usr/bin/env python3
"""Debian on POWER9 and POWER8, to which a monitor adds memory and from which it takes it, again and again.

LPAR names the emulator and its options, default $builddir/lpar; ROUNDS is how often (10); PROCESSORS names those to run;
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
ROUNDS = int(os.environ.get("ROUNDS", "10"))
LIMIT_S = 60 + 20 * ROUNDS
GIB = 1 << 30

# Blocks are put into use as they come, and the guest has to let all of them go.
MEMORY = r"""
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
    echo "remove $i"
    until_blocks $base
    i=$((i + 1))
done
[ $(total) = $before ] || { echo "total $before, now $(total)"; exit 4; }
echo done
"""

failures = []


def check(what, ok, text=""):
    print(("ok: " if ok else "FAIL: ") + what, flush=True)
    if not ok:
        failures.append(what)
        print(text, flush=True)


class Qmp:
    """A session with the monitor."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(200):
            try:
                self.socket.connect(path)
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
        arguments = {name.replace("_", "-"): value for name, value in arguments.items()}
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = self.read()
            if "event" not in answer:
                return answer
            self.events.append(answer)

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
        environment = dict(os.environ, FILES=f"{folder}/script", LAYERS="modules",
                           LPAR=f"{LPAR} {options} -qmp unix:{folder}/qmp,server=on,wait=off")
        self.log = open(f"{folder}/log", "w+", encoding="utf8", errors="replace")
        self.process = subprocess.Popen(
            [f"{TOP}/quickstart", "boot", "--", "sh", "/job/script"], env=environment, stdin=subprocess.DEVNULL,
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


CASES = {
    "memory": (MEMORY, "-m 1G,slots=4,maxmem=4G", add_memory, remove_memory),
}


def run(name, processor):
    script, options, add, remove = CASES[name]
    done = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        guest = Guest(folder, script, f"-cpu {processor} {options}")
        qmp = None
        try:
            for words in guest.lines():
                if words[:1] == ["add"]:
                    qmp = qmp or Qmp(f"{folder}/qmp")
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
