"""An HTTP proxy on loopback: CONNECT (RFC 9110 section 9.3.6) and requests in absolute form (RFC 9112 section 3.2.2)."""
import selectors
import socket
import socketserver
import threading


class Proxy:
    def __init__(self):
        self.asked = []  # "CONNECT 127.0.0.1:443", "GET http://..."
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = self.request.recv(4096)
                    if not piece:
                        return
                    head += piece
                head, rest = head.split(b"\r\n\r\n", 1)
                method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
                proxy.asked.append(f"{method} {target}")
                plain = target.removeprefix("http://")
                host, _, path = plain.partition("/")
                name, _, port = host.partition(":")
                try:
                    there = socket.create_connection((name, int(port or 80)), 5)
                except OSError:
                    self.request.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                    return
                with there:
                    if method == "CONNECT":
                        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    else:
                        lines = [f"{method} /{path} HTTP/1.1".encode()]
                        lines += [line for line in head.split(b"\r\n")[1:] if not line.lower().startswith((b"proxy-", b"connection"))]
                        there.sendall(b"\r\n".join(lines + [b"Connection: close"]) + b"\r\n\r\n")
                    there.sendall(rest)
                    self.carry(there)

            def carry(self, there):
                with selectors.DefaultSelector() as both:
                    both.register(self.request, selectors.EVENT_READ, there)
                    both.register(there, selectors.EVENT_READ, self.request)
                    while not proxy.ending.is_set():
                        for key, _ in both.select(0.2):
                            try:
                                piece = key.fileobj.recv(65536)
                                if not piece:
                                    return
                                key.data.sendall(piece)
                            except OSError:
                                return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.ending = threading.Event()
        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()
