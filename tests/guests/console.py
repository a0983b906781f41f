#!/usr/bin/env python3
"""Uses `./quickstart boot` as a person does: types into its terminal.

A shell must answer, Ctrl-C must end the guest's command and not the emulator,
and Ctrl-A x must end the emulator and leave the terminal as it was. LPAR names
the emulator and its options, default $builddir/lpar.
"""

import fcntl
import os
import pty
import select
import sys
import termios
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIMEOUT_S = 120


class Terminal:
    """quickstart on a pseudo terminal that outlives it."""

    def __init__(self):
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(self.master)
        self.seen = b""
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            self.take(slave)
            os.execv(f"{TOP}/quickstart", ["quickstart", "boot"])
        # The slave stays open here: else its modes would go with the last user.

    @staticmethod
    def take(slave):
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for descriptor in range(3):
            os.dup2(slave, descriptor)

    def type(self, keys):
        self.seen = b""
        os.write(self.master, keys)

    def expect(self, text):
        """Waits until the guest has written text; fails loudly if it does not."""
        end = time.monotonic() + TIMEOUT_S
        while text not in self.seen:
            if time.monotonic() > end:
                os.kill(self.pid, 15)
                sys.exit(f"no {text!r} within {TIMEOUT_S} s, but\n{self.seen.decode(errors='replace')}")
            if select.select([self.master], [], [], 1)[0]:
                self.seen += os.read(self.master, 65536)
            elif os.waitpid(self.pid, os.WNOHANG)[0]:
                sys.exit(f"ended before {text!r}:\n{self.seen.decode(errors='replace')}")


def main():
    os.environ.setdefault("LPAR", os.environ.get("builddir", f"{TOP}/build") + "/lpar")
    terminal = Terminal()
    terminal.expect(b"# ")
    # The answer differs from its question, which the terminal echoes.
    terminal.type(b"echo $((6 * 7))$(uname -m)\r")
    terminal.expect(b"42ppc64le")
    terminal.expect(b"# ")
    terminal.type(b"echo be\"\"gun; sleep 1000; echo status $?\r")
    terminal.expect(b"begun")
    terminal.type(b"\x03")
    terminal.expect(b"# ")
    terminal.type(b"\x01x")
    end = time.monotonic() + 20
    while not (ended := os.waitpid(terminal.pid, os.WNOHANG))[0]:
        if select.select([terminal.master], [], [], 0.1)[0]:
            os.read(terminal.master, 65536)
        if time.monotonic() > end:
            os.kill(terminal.pid, 15)
            sys.exit("Ctrl-A x does not end it")
    if os.waitstatus_to_exitcode(ended[1]) != 0:
        sys.exit(f"Ctrl-A x ends it with {os.waitstatus_to_exitcode(ended[1])}")
    if termios.tcgetattr(terminal.master) != terminal.before:
        sys.exit("the terminal is not left as it was")


if __name__ == "__main__":
    main()
