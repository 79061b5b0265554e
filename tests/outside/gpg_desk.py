"""Somebody's GnuPG, for tests from outside: makes keys, encrypts to ours, reads what we sent."""
import os
import re
import shutil
import subprocess
import tempfile

from tocsin_process import quick_folder


class Gpg:
    """Somebody's GnuPG, as they have it on their desk."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="gpg-", dir=quick_folder())
        os.chmod(self.home, 0o700)

    def run(self, *words, input=None, check=True):
        done = subprocess.run(["gpg", "--homedir", self.home, "--batch", "--no-tty", "--trust-model", "always", *words],
                              input=input, capture_output=True)
        if check and done.returncode != 0:
            raise AssertionError(f"gpg {words}: {done.stderr.decode(errors='replace')}")
        return done

    def make(self, address, algorithm="future-default", usage="default", expires="2y", options=()):
        """A key pair. Ed25519 and Curve25519 are made in a moment; RSA, where a test asks for it, takes a second or three."""
        self.run(*options, "--passphrase", "", "--quick-gen-key", f"Abuse <{address}>", algorithm, usage, expires)
        return re.search(rb"fpr:+([0-9A-F]{40}):",
                         self.run("--with-colons", "--list-keys", address).stdout).group(1).decode()

    def public(self, address):
        return self.run("--armor", "--export", address).stdout

    def decrypt(self, bytes):
        done = self.run("--decrypt", "--status-fd", "2", input=bytes)
        return done.stdout, done.stderr.decode(errors="replace")

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"])
        shutil.rmtree(self.home, ignore_errors=True)
