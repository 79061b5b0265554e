"""Message brokers for tests, on loopback only: RabbitMQ with its STOMP plugin, and the brokers that librdkafka has inside."""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from tocsin_process import free_port, quick_folder, wait_until

RABBIT = pathlib.Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
PASSWORD = "pass word"


class RabbitMQ:
    """A node of its own: folder, ports, Erlang's name server, all on loopback. Users: tester, and `us` by certificate.

    `tls`: a folder with authority.pem, server.pem and server.key; then there are ports that demand a certificate."""

    def __init__(self, tls=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-rabbit-", dir=quick_folder()))
        self.amqp, self.stomp, self.amqps, self.stomps, self.names, self.wire = (free_port() for _ in range(6))
        allowed = {"vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
        (self.folder / "definitions.json").write_text(json.dumps({
            "vhosts": [{"name": "/"}],
            "users": [{"name": "tester", "password": PASSWORD, "tags": "administrator"},
                      {"name": "us", "password_hash": "", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ""}],
            "permissions": [{"user": name, **allowed} for name in ("tester", "us")]}))
        secure = f"""
listeners.ssl.1 = 127.0.0.1:{self.amqps}
stomp.listeners.ssl.1 = 127.0.0.1:{self.stomps}
stomp.ssl_cert_login = true
ssl_cert_login_from = common_name
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = EXTERNAL
ssl_options.cacertfile = {tls}/authority.pem
ssl_options.certfile = {tls}/server.pem
ssl_options.keyfile = {tls}/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
""" if tls else ""
        (self.folder / "rabbitmq.conf").write_text(f"""
listeners.tcp.1 = 127.0.0.1:{self.amqp}
stomp.listeners.tcp.1 = 127.0.0.1:{self.stomp}
load_definitions = {self.folder}/definitions.json
loopback_users = none
{secure}""")
        needed = ("rabbitmq_prelaunch", "rabbitmq_stomp", "rabbitmq_auth_mechanism_ssl")
        (self.folder / "parts").mkdir()
        for part in RABBIT.parent.parent.glob("lib/rabbitmq_server-*/plugins/*"):  # it reads all it finds: seconds
            if not part.name.startswith("rabbitmq_") or part.name.startswith(needed):
                (self.folder / "parts" / part.name).symlink_to(part)
        (self.folder / "plugins").write_text("[rabbitmq_stomp,rabbitmq_auth_mechanism_ssl].\n")
        home = self.folder / "home"
        home.mkdir()
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.names), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_PLUGINS_DIR": str(self.folder / "parts"), "RABBITMQ_NODENAME": f"t{self.amqp}@localhost", "RABBITMQ_DIST_PORT": str(self.wire),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "db"), "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": str(self.folder / "log/rabbit.log"), "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"), "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_PID_FILE": str(self.folder / "pid"), "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "generated"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(self.folder / "flags"), "RABBITMQ_PLUGINS_EXPAND_DIR": str(self.folder / "expanded"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}"}
        self.name_server = subprocess.Popen(["epmd", "-port", str(self.names), "-address", "127.0.0.1"], env=self.environment,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.process = None
        self.start()

    def start(self):
        """Begins; `wait` until it answers."""
        self.output = open(self.folder / "output", "ab")
        self.process = subprocess.Popen([str(RABBIT)], env=self.environment, stdout=self.output, stderr=self.output,
                                        stdin=subprocess.DEVNULL, start_new_session=True, cwd=self.folder)

    def wait(self):
        def answers():
            if self.process.poll() is not None:
                raise AssertionError((self.folder / "output").read_text(errors="replace")[-3000:])
            try:
                Publisher(self, "any").close()  # its users come last
                return True
            except (OSError, AssertionError):
                return False
        wait_until(answers, 240, "RabbitMQ to answer")
        return self

    def kill(self):
        """SIGKILL, to all of it."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            self.output.close()

    def close(self):
        self.kill()
        self.name_server.kill()
        self.name_server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Publisher:
    """Sends messages by STOMP to a durable queue, and waits until the broker has them on its disk."""

    def __init__(self, broker, queue):
        self.queue = queue
        self.socket = socket.create_connection(("127.0.0.1", broker.stomp), 10)
        self.buffer = b""
        self.receipts = 0
        self.frame("CONNECT", {"accept-version": "1.2", "host": "/", "login": "tester", "passcode": PASSWORD})
        try:
            assert self.answer().startswith(b"CONNECTED"), "the broker does not let us in"
        except (OSError, AssertionError):
            self.close()
            raise

    def frame(self, command, headers, body=b""):
        head = "".join(f"{name}:{value}\n" for name, value in headers.items())
        self.socket.sendall(f"{command}\n{head}\n".encode() + body + b"\0")

    def answer(self):
        while b"\0" not in self.buffer:
            piece = self.socket.recv(65536)
            if not piece:
                raise OSError("the broker hung up")
            self.buffer += piece
        one, self.buffer = self.buffer.split(b"\0", 1)
        return one.lstrip(b"\r\n")

    def send(self, bodies):
        """Gives how many are safe."""
        for body in bodies:
            self.receipts += 1
            headers = {"destination": "/queue/" + self.queue, "persistent": "true", "content-length": len(body),
                       "receipt": self.receipts}
            self.frame("SEND", headers, body)
        safe = 0
        for _ in bodies:
            answer = self.answer()
            assert answer.startswith(b"RECEIPT"), answer
            safe += 1
        return safe

    def close(self):
        self.socket.close()


class Kafka:
    """One broker of librdkafka's mock cluster, in this process."""

    def __init__(self, topic, partitions=2):
        self.topic = topic.encode()
        self.library = ctypes.CDLL("librdkafka.so.1")
        for name in ("rd_kafka_new", "rd_kafka_conf_new", "rd_kafka_mock_cluster_new", "rd_kafka_topic_new"):
            getattr(self.library, name).restype = ctypes.c_void_p
        self.library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        said = ctypes.create_string_buffer(512)
        pointer = ctypes.c_void_p
        quiet = pointer(self.library.rd_kafka_conf_new())
        self.library.rd_kafka_conf_set(quiet, b"log_level", b"0", said, 512)
        self.owner = pointer(self.library.rd_kafka_new(0, quiet, said, 512))
        self.cluster = pointer(self.library.rd_kafka_mock_cluster_new(self.owner, 1))
        self.library.rd_kafka_mock_topic_create(self.cluster, self.topic, partitions, 1)
        self.address = self.library.rd_kafka_mock_cluster_bootstraps(self.cluster).decode()
        configuration = pointer(self.library.rd_kafka_conf_new())
        self.library.rd_kafka_conf_set(configuration, b"bootstrap.servers", self.address.encode(), said, 512)
        self.writer = pointer(self.library.rd_kafka_new(0, configuration, said, 512))
        self.handle = pointer(self.library.rd_kafka_topic_new(self.writer, self.topic, None))

    def send(self, bodies):
        for number, body in enumerate(bodies):
            self.library.rd_kafka_produce(self.handle, ctypes.c_int32(number % 2), 2, body, ctypes.c_size_t(len(body)), None,
                                          ctypes.c_size_t(0), None)
        assert self.library.rd_kafka_flush(self.writer, 10_000) == 0

    def close(self):
        self.library.rd_kafka_topic_destroy(self.handle)
        self.library.rd_kafka_destroy(self.writer)
        self.library.rd_kafka_mock_cluster_destroy(self.cluster)
        self.library.rd_kafka_destroy(self.owner)
