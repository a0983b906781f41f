"""Installs Debian onto a disk by its own installer, unattended, and logs in to what came of it.

For install-debian.py and disk-use.py. The archive that packages come from is the one that this machine's apt uses.
"""

import functools
import gzip
import http.server
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LPAR = os.environ.get("LPAR", os.environ.get("builddir", f"{TOP}/build") + "/lpar")
CACHE = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")) + "/lpar"
HOST = "10.0.2.2"  # of a user network, seen from the guest

PRESEED = """
d-i debian-installer/locale string C.UTF-8
d-i debian-installer/language string en
d-i debian-installer/country string US
d-i keyboard-configuration/xkb-keymap select us
d-i netcfg/choose_interface select auto
d-i netcfg/get_hostname string guest
d-i netcfg/get_domain string
d-i mirror/country string manual
d-i mirror/protocol string http
d-i mirror/http/hostname string {host}
d-i mirror/http/directory string {directory}
d-i mirror/http/proxy string {proxy}
d-i mirror/suite string bookworm
d-i passwd/root-password-crypted password !
d-i passwd/make-user boolean false
d-i clock-setup/utc boolean true
d-i clock-setup/ntp boolean false
d-i time/zone string UTC
d-i partman-auto/method string regular
d-i partman-auto/disk string /dev/vda
d-i partman-auto/choose_recipe select atomic
d-i partman-partitioning/confirm_write_new_label boolean true
d-i partman/choose_partition select finish
d-i partman/confirm boolean true
d-i partman/confirm_nooverwrite boolean true
d-i apt-setup/services-select multiselect
d-i apt-setup/disable-cdrom-entries boolean true
tasksel tasksel/first multiselect
d-i pkgsel/include string openssh-server
d-i pkgsel/upgrade select none
popularity-contest popularity-contest/participate boolean false
d-i grub-installer/only_debian boolean true
d-i grub-installer/bootdev string default
d-i finish-install/reboot_in_progress note
d-i debian-installer/exit/poweroff boolean true
d-i preseed/late_command string mkdir -m 700 /target/root/.ssh; cp /key.pub /target/root/.ssh/authorized_keys; \\
    echo "LATE-COMMAND $(df -m /target | tail -n 1)" >/dev/console
"""

# For archives without the installer's components, its partitioner among them: tools/guests/install-base does it.
PRESEED_STEP = """
d-i debian-installer/locale string C.UTF-8
d-i debian-installer/language string en
d-i debian-installer/country string US
d-i keyboard-configuration/xkb-keymap select us
d-i preseed/early_command string sh /tools/install >/dev/console 2>&1
"""
failures = passed = 0


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def expect(what, ok, why=""):
    global failures, passed
    say(f"{'ok' if ok else 'FAIL'}: {what}{'' if ok else ' ' + str(why)}")
    if ok:
        passed += 1
    else:
        failures += 1
    return ok


def run(*command, **how):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **how).stdout.strip()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder):
    """A folder of this machine, for guests."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def archive():
    """Host, directory and proxy of the archive, as a guest is to name them."""
    address, proxy = run(f"{TOP}/tools/guests/archive", CACHE).split()
    address = urllib.parse.urlsplit(address)
    if address.scheme in ("file", "copy"):
        return f"{HOST}:{serve(address.path)}", "/", ""
    return address.netloc, address.path, "" if proxy == "-" else proxy


def has_components():
    """Whether the archive serves the installer's components, which are looked for by its index."""
    apt = f"apt_dir={CACHE}/apt; . {TOP}/tools/guests/apt-ppc64el.sh; archive=$(ppc64el_archive)/; archive=${{archive%/}}; "
    with tempfile.TemporaryDirectory() as folder:
        index = "$archive/dists/bookworm/main/debian-installer/binary-ppc64el/Packages.xz"
        script = f"set -e; {apt} ppc64el_get {index} {folder}/index.xz; xz -dc {folder}/index.xz >{folder}/index; " \
            f"ppc64el_get $archive/$(sed -n '/^Package: partman-base$/,/^$/s/^Filename: //p' {folder}/index | head -n 1) {folder}/deb"
        return subprocess.run(["sh", "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0


def cpio(files):
    """{name: bytes} as the archive that the kernel unpacks behind its initrd."""
    out = b""
    for i, (name, data) in enumerate(list(files.items()) + [("TRAILER!!!", b"")]):
        fields = [i + 1, 0o100600 if data else 0, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08x" % f for f in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data + bytes(-len(data) % 4)
    return out


def make_key(folder):
    path = f"{folder}/key"
    if not os.path.exists(path):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path)
    return path


def emulator(*options):
    return shlex.split(LPAR) + ["-M", "pseries", "-cpu", os.environ.get("CPU", "POWER9"), "-nographic", "-monitor", "none",
                                "-no-reboot", *options]


def install(folder, drive, log):
    """Onto the drive, a -drive of it. Returns whether the installer powered off, and the seconds it took."""
    installer = run(f"{TOP}/tools/guests/fetch-installer.sh", CACHE)
    host, directory, proxy = archive()
    step = not has_components()
    if step:
        run(f"{TOP}/tools/guests/fetch-debian.sh", CACHE)
        tools, modules = (run(f"{TOP}/tools/guests/{name}.sh", CACHE) for name in ("fetch-tools", "fetch-modules"))
    with open(make_key(folder) + ".pub", "rb") as f:
        files = {"key.pub": f.read()}
    served = tempfile.mkdtemp(dir=folder)
    if step:
        say("the archive has no components of the installer: the base system is installed by its programs alone")
        files = {"tools/env": f"SUITE=bookworm DISK=/dev/vda HOST=guest PACKAGES= KEY='{files['key.pub'].decode().strip()}'\n"
                              f"ARCHIVE='{host}' DIRECTORY='{directory}' PROXY='{proxy}'\n".encode(),
                 "tools/install": b"depmod -a\nsh /tools/install-base && echo LATE-COMMAND || echo failed: $?\npoweroff -f\n"}
        with open(f"{TOP}/tools/guests/install-base", "rb") as f:
            files["tools/install-base"] = f.read()
    with open(f"{served}/preseed.cfg", "w", encoding="ascii") as f:
        f.write(PRESEED_STEP if step else PRESEED.format(host=host, directory=directory, proxy=proxy))
    url = f"http://{HOST}:{serve(served)}/preseed.cfg"
    initrd = f"{folder}/initrd"
    with open(initrd, "wb") as f:
        # What is not compressed stands first: it must begin at a multiple of four bytes.
        for part in (tools, modules) if step else ():
            with open(part, "rb") as g:
                shutil.copyfileobj(g, f)
        with open(f"{installer}/initrd.gz", "rb") as g:
            shutil.copyfileobj(g, f)
        f.write(bytes(-f.tell() % 4) + gzip.compress(cpio(files)))
    start = time.monotonic()
    with open(log, "wb") as out:
        guest = subprocess.run(
            emulator("-m", "2G", "-smp", os.environ.get("PROCESSORS", "1"), "-kernel", f"{installer}/vmlinux", "-initrd", initrd,
                     "-append", f"console=hvc0 auto=true priority=critical DEBIAN_FRONTEND=text url={url}", "-drive", drive,
                     "-nic", "user,model=virtio", *shlex.split(os.environ.get("INSTALL_OPTIONS", ""))),
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False,
            timeout=float(os.environ.get("INSTALL_LIMIT_S", "7200")))
    seconds = time.monotonic() - start
    with open(log, "rb") as f:
        text = f.read()
    return guest.returncode == 0 and b"LATE-COMMAND" in text, seconds


class Guest:
    """What was installed, started from its disk, with ssh forwarded to it."""

    def __init__(self, folder, log, *options, memory="1G", networks=True):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.key, self.log = f"{folder}/key", log
        self.out = open(log, "wb")
        # The card is where it was for the installer, which named it after its slot.
        if networks:
            options = ["-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.port}-:22", "-device",
                       "virtio-net-pci,netdev=net,addr=1", *options]
        self.start = time.monotonic()
        self.process = subprocess.Popen(emulator("-m", memory, *options), stdin=subprocess.DEVNULL, stdout=self.out,
                                        stderr=subprocess.STDOUT)

    def _ssh(self, program, *arguments, port="-p"):
        return [program, "-q", "-i", self.key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
                "ConnectTimeout=20", "-o", "BatchMode=yes", port, str(self.port), *arguments]

    def ssh(self, command, limit=600, **how):
        return subprocess.run(self._ssh("ssh", "root@127.0.0.1", command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=limit, check=False, **how)

    def scp(self, source, target, limit=1200):
        return subprocess.run(self._ssh("scp", source, f"root@127.0.0.1:{target}", port="-P"), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=limit, check=False)

    def wait_up(self, limit=600):
        """Seconds until somebody can log in; None: nobody could."""
        while time.monotonic() - self.start < limit and self.process.poll() is None:
            try:
                if self.ssh("true", limit=60).returncode == 0:
                    return time.monotonic() - self.start
            except subprocess.TimeoutExpired:
                pass
            time.sleep(0.5)
        return None

    def power_off(self, limit=180):
        """Whether it did."""
        try:
            self.ssh("systemctl poweroff")
            return self.process.wait(limit) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            self.kill()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.out.close()
