"""What the checks of the monitor share: a guest, an emulator, a QMP client."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LPAR = os.environ.get("builddir", f"{TOP}/build") + "/lpar"
PREFIX = {"le": "powerpc64le-linux-gnu-", "be": "powerpc64-linux-gnu-"}
WAIT_S = 30

folder = tempfile.mkdtemp(prefix="monitor-")
started = []


def need(program, package):
    if not shutil.which(program):
        sys.exit(f"{program} is missing: apt-get install {package}")


def build_guest(order):
    compiler = PREFIX[order] + "gcc"
    need(compiler, "gcc-" + PREFIX[order].rstrip("-"))
    path = f"{folder}/guest-{order}"
    subprocess.run([compiler, "-nostdlib", "-static", "-no-pie", "-Wl,-N", "-Wl,--no-warn-rwx-segments", "-Wl,-e,_start", "-Wl,--build-id=none", "-Wl,-Ttext=0x400000",
                    "-Wl,-Tdata=0x500000", "-o", path, f"{TOP}/tests/monitor/guest.S"], check=True)
    return path


def start(*arguments, **options):
    process = subprocess.Popen([LPAR, *arguments], **options)
    started.append(process)
    return process


def wait_for(condition, what):
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {WAIT_S} s")
        time.sleep(0.01)


class Qmp:
    def __init__(self, path, negotiate=True):
        wait_for(lambda: os.path.exists(path), path)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(WAIT_S)
        self.socket.connect(path)
        self.file = self.socket.makefile("r", encoding="utf-8", newline="\n")
        self.events = []
        self.greeting = self.read()
        if negotiate:
            self.do("qmp_capabilities")

    def read(self):
        line = self.file.readline()
        if not line:
            raise EOFError("QMP has hung up")
        if not line.endswith("\r\n"):
            sys.exit(f"no CR LF: {line!r}")
        return json.loads(line)

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def answer(self):
        while "event" in (message := self.read()):
            self.events.append(message)
        return message

    def ask(self, command, **arguments):
        self.send(json.dumps({"execute": command, "arguments": {k.replace("_", "-"): v for k, v in arguments.items()},
                              "id": command}))
        answer = self.answer()
        if answer.get("id") != command:
            sys.exit(f"{command}: another id in {answer}")
        return answer

    def do(self, command, **arguments):
        answer = self.ask(command, **arguments)
        if "return" not in answer:
            sys.exit(f"{command} {arguments}: {answer}")
        return answer["return"]

    def fails(self, command, error_class="GenericError", **arguments):
        answer = self.ask(command, **arguments)
        if answer.get("error", {}).get("class") != error_class:
            sys.exit(f"{command} {arguments}: {answer}")
        return answer["error"]["desc"]

    def event(self, name):
        """The next event of that name; those before it are dropped."""
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["event"] == name:
                    return event
            message = self.read()
            if "event" in message:
                self.events.append(message)

    def human(self, line):
        return self.do("human-monitor-command", command_line=line)


def finish():
    for process in started:
        if process.poll() is None:
            process.kill()
    shutil.rmtree(folder, ignore_errors=True)
