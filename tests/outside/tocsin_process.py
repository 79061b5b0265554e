"""Starts and drives the program as a user would: for all tests from outside.

    from tocsin_process import Tocsin

    with Tocsin() as tocsin:                       # a data directory of its own, removed at the end
        tocsin.run("init")                         # a command; fails the test unless it exits with 0
        key = tocsin.json("key", "add", "--name", "test", "--role", "analyst", "--json")["key"]
        tocsin.start()                             # `tocsin serve` on a free port of 127.0.0.1, waited for
        answer = tocsin.http("GET", "/api/v1/me", key=key)
        assert answer.status == 200, answer
        tocsin.kill()                              # SIGKILL; tocsin.stop() is SIGTERM and waits

The program is $TOCSIN (set by ctest), or build/tocsin, or build/release/tocsin. Only the standard library is used.
"""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

SOURCE = pathlib.Path(os.environ.get("TOCSIN_SOURCE", pathlib.Path(__file__).resolve().parents[2]))


def program():
    named = os.environ.get("TOCSIN")
    choices = [pathlib.Path(named)] if named else [SOURCE / "build/tocsin", SOURCE / "build/release/tocsin",
                                                   SOURCE / "build/debug/tocsin"]
    for path in choices:
        if path.exists():
            return str(path)
    raise SystemExit(f"no program at {', '.join(map(str, choices))}; run ./dev build or set TOCSIN")


def quick_folder():
    """Where a test's data lies: in memory where there is plenty, because a disk takes its time for every fsync. What a kill leaves is the
    same: it ends a process, not the machine."""
    try:
        memory = os.statvfs("/dev/shm")
    except OSError:
        return None
    is_plenty = memory.f_bavail * memory.f_frsize > 6 << 30
    return "/dev/shm" if is_plenty and os.access("/dev/shm", os.W_OK) and "TMPDIR" not in os.environ else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class CommandFailed(AssertionError):
    pass


class Answer:
    """What the server said. `json` is the parsed body, or None."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.all_headers = [(name.lower(), value) for name, value in headers]
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def cookie(self, name):
        """The value a Set-Cookie header gives, or None."""
        for header, value in self.all_headers:
            if header == "set-cookie" and value.startswith(name + "="):
                return value[len(name) + 1:].split(";")[0]
        return None

    def __repr__(self):
        return f"<Answer {self.status} {self.body[:600]!r}>"


class Tocsin:
    def __init__(self, data=None, config=None, environment=None):
        """`data`: keep this directory; else a new one that goes away. `config`: text of a TOML file."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-test-", dir=quick_folder()))
        self.data = pathlib.Path(data) if data else self.folder / "data"
        self.environment = {**os.environ, **(environment or {})}
        self.environment.pop("TOCSIN_CONFIG", None)
        self.config = None
        if config is not None:
            self.config = self.folder / "tocsin.toml"
            self.config.write_text(config)
        self.server = None
        self.port = None
        self.log = self.folder / "server.log"

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        if fault[0] is not None and self.log.exists():
            print("--- server log ---\n" + self.log.read_text(errors="replace")[-4000:])
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Commands

    def words(self, *words):
        common = ["--data", str(self.data)] + (["--config", str(self.config)] if self.config else [])
        return [program(), *map(str, words), *common]

    def call(self, *words, input=None, timeout=120, cwd=None):
        """Runs a command; gives the finished process (returncode, stdout, stderr as text)."""
        return subprocess.run(self.words(*words), input=input, capture_output=True, text=True, timeout=timeout,
                              env=self.environment, cwd=cwd or self.folder)

    def run(self, *words, expect=0, **options):
        """Runs a command that must exit with `expect`; gives its standard output."""
        done = self.call(*words, **options)
        if done.returncode != expect:
            raise CommandFailed(f"tocsin {' '.join(map(str, words))}: exit {done.returncode}, expected {expect}\n"
                                f"{done.stdout}{done.stderr}")
        return done.stdout

    def json(self, *words, **options):
        """The last line of standard output, parsed."""
        if "--json" not in words:
            words = (*words, "--json")
        lines = self.run(*words, **options).strip().splitlines()
        return json.loads(lines[-1])

    def add_key(self, role="analyst", *words):
        """A new key's text."""
        return self.json("key", "add", "--name", "test", "--role", role, *words)["key"]

    def add_user(self, name, password, role="analyst"):
        self.run("user", "add", name, "--role", role, "--password-stdin", input=password + "\n")

    # The server

    def start(self, *words, wait=30, port=None):
        """Starts `tocsin serve` (on a free port unless one is given) and waits until /healthz answers."""
        assert self.server is None, "the server runs already"
        self.port = port or free_port()
        with open(self.log, "ab") as log:
            self.server = subprocess.Popen(self.words("serve", "--listen", f"127.0.0.1:{self.port}", *words),
                                           stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment,
                                           cwd=self.folder)
        until = time.monotonic() + wait
        while time.monotonic() < until:
            if self.server.poll() is not None:
                code, self.server = self.server.returncode, None
                raise CommandFailed(f"tocsin serve ended with {code}:\n{self.log.read_text(errors='replace')[-4000:]}")
            try:
                if self.http("GET", "/healthz", timeout=2).status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.01)
        raise CommandFailed(f"the server does not answer:\n{self.log.read_text(errors='replace')[-4000:]}")

    def kill(self):
        """SIGKILL: the hard way."""
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server = None

    def stop(self, wait=30):
        """SIGTERM, and waits. Gives the exit code."""
        if self.server is None:
            return None
        self.server.send_signal(signal.SIGTERM)
        try:
            return self.server.wait(wait)
        finally:
            self.kill()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def http(self, method, target, body=None, key=None, headers=None, timeout=60):
        """One request. `body`: bytes or text as they are, anything else as JSON. `target` may be a whole URL."""
        if target.startswith("http://"):
            parts = urllib.parse.urlsplit(target)
            target = parts.path + ("?" + parts.query if parts.query else "")
        sent = dict(headers or {})
        if key:
            sent["Authorization"] = "Bearer " + key
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, target, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def sign_in(self, name, password, code=None):
        """A Browser that is signed in."""
        browser = Browser(self)
        browser.sign_in(name, password, code)
        return browser


class Browser:
    """Keeps the session cookie and sends the CSRF token, as the console does."""

    def __init__(self, tocsin):
        self.tocsin = tocsin
        self.session = None
        self.csrf = None

    def sign_in(self, name, password, code=None):
        body = {"name": name, "password": password, **({"code": code} if code else {})}
        answer = self.tocsin.http("POST", "/api/v1/session", body)
        if answer.status != 200:
            raise AssertionError(f"signing in as {name}: {answer!r}")
        self.session = answer.cookie("tocsin_session") or answer.cookie("__Host-tocsin_session")
        self.csrf = answer.json["csrf"]
        return answer

    def http(self, method, target, body=None, headers=None, csrf=True):
        sent = {"Cookie": f"tocsin_session={self.session}", **(headers or {})}
        if csrf and method not in ("GET", "HEAD"):
            sent.setdefault("X-CSRF-Token", self.csrf)
        return self.tocsin.http(method, target, body, headers=sent)


def wait_until(question, seconds=30, what="it"):
    """Asks until the answer is truthy, and gives it."""
    until = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)
