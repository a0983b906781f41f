#!/usr/bin/env python3
"""Debian, to which something happens: a machine check in a program, which it survives; a request to power off, which it
honours; a crash without a kernel kept for it, which it reports.

LPAR names the emulator and its options, default $builddir/lpar; PROCESSORS names those to run.
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
LIMIT_S = 240

# The program is in problem state all the time. poweroff is what the kernel runs.
SURVIVE = r"""
rm -f /sbin/poweroff
printf '#!/bin/sh\necho the request is honoured >/dev/console\nexec busybox poweroff -f\n' >/sbin/poweroff
chmod +x /sbin/poweroff
sh -c 'while :; do :; done' &
sleep 1
echo "do mce"
wait $!
echo "status $?"
dmesg | grep -E 'MCE: CPU0: machine check|UE Load/Store|SIGBUS' | sed 's/^.*MCE: //'
echo "still $(sh -c 'echo alive')"
echo "do power"
sleep 60
"""

CRASH = r"""
echo 1 >/proc/sys/kernel/sysrq
echo "do crash"
sleep 1
echo c >/proc/sysrq-trigger
"""

failures = []


def check(what, ok, text):
    print(("ok: " if ok else "FAIL: ") + what, flush=True)
    if not ok:
        failures.append(what)
        print(text, flush=True)


class Qmp:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.settimeout(LIMIT_S)
        self.file = self.socket.makefile("rw", encoding="utf8")
        self.events = []
        self.file.readline()
        self.run("qmp_capabilities")

    def run(self, command, **arguments):
        arguments = {name.replace("_", "-"): value for name, value in arguments.items()}
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while "event" in (answer := json.loads(self.file.readline())):
            self.events.append(answer)

    def rest(self):
        """All events until the emulator ends."""
        try:
            self.events += [json.loads(line) for line in self.file]
        except (OSError, ValueError):
            pass
        return self.events


def run(script, processor):
    """Output, messages, events."""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/script", "w", encoding="ascii") as f:
            f.write(script)
        environment = dict(os.environ, FILES=f"{folder}/script", APPEND="panic=0",
                           LPAR=f"{LPAR} -cpu {processor} -qmp unix:{folder}/qmp,server=on,wait=off")
        with open(f"{folder}/log", "w+", encoding="utf8", errors="replace") as log:
            process = subprocess.Popen([f"{TOP}/quickstart", "boot", "--", "sh", "/job/script"], env=environment,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
                                       errors="replace", start_new_session=True)
            timer = threading.Timer(LIMIT_S, lambda: os.killpg(process.pid, signal.SIGKILL))
            timer.start()
            said, qmp, events = "", None, []
            for line in process.stdout:
                said += line
                if not line.startswith("do "):
                    continue
                qmp = qmp or Qmp(f"{folder}/qmp")
                if line == "do mce\n":
                    qmp.run("human-monitor-command", command_line="mce 0")
                elif line == "do power\n":
                    qmp.run("system_powerdown")
            process.wait()
            timer.cancel()
            events = qmp.rest() if qmp else []
            log.seek(0)
            return said, log.read(), {e["event"]: e.get("data", {}) for e in events}


for cpu in os.environ.get("PROCESSORS", "POWER9 POWER8").split():
    output, messages, happened = run(SURVIVE, cpu)
    every = f"{output}\n{messages}\n{happened}"
    check(f"machine check on {cpu}: the program ends with SIGBUS, its error is logged, the machine goes on",
          "status 135\n" in output and "machine check (Severe)" in output and "UE Load/Store" in output and
          "still alive\n" in output, every)
    check(f"power-off request on {cpu}: it is honoured",
          "the request is honoured" in output + messages and "POWERDOWN" in happened and
          happened.get("SHUTDOWN", {}).get("guest") is True, every)
output, messages, happened = run(CRASH, "POWER9")
every = f"{output}\n{messages}\n{happened}"
check("a crash is reported: event, exit status, message",
      happened.get("GUEST_PANICKED", {}).get("action") == "poweroff" and "(emulator: 1)" in messages and
      "sysrq triggered crash" in output + messages, every)
sys.exit(bool(failures))
