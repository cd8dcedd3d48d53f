"""Clients of a server of completions, all on one thread: how many requests it answers, and how soon.

Each client has a connection that it keeps, sends a request, and sends the next once it has the whole
answer. Nothing but Python's standard library is used, so that the same clients measure every server.
"""

import asyncio
import json
import resource
import time

DESCRIPTORS = 256  # beside the connections


class Lost(Exception):
    """An answer that did not come, or was not whole."""


class Connection(asyncio.Protocol):
    """One connection: sends a request and waits for its answer, again and again."""

    def __init__(self):
        self.transport = None
        self.answer = None
        self.open = False

    def connection_made(self, transport):
        self.transport, self.open = transport, True

    def connection_lost(self, error):
        self.open = False
        self._end(Lost("the connection ended"))

    def ask(self, request, stream):
        """Sends a request; the result is done with the answer."""
        self.stream = stream
        self.buffer = bytearray()  # the head of the answer while it is not whole
        self.status = 0
        self.chunked, self.length, self.received = False, 0, 0
        self.tail = b""
        self.first = None
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answer

    def data_received(self, data):
        if self.answer is None:
            return
        if not self.status:
            self.buffer += data
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head(bytes(self.buffer[:end]).lower())
            data = bytes(self.buffer[end + 4 :])
        self.received += len(data)
        self.tail = (self.tail + data)[-64:]
        # The head of a stream comes before any text: what counts is the first event.
        if self.first is None and (not self.stream or b"data:" in data):
            self.first = time.perf_counter()
        whole = self.tail.endswith(b"0\r\n\r\n") if self.chunked else self.received >= self.length
        if whole:
            complete = self.status == 200 and (not self.stream or b"[DONE]" in self.tail)
            self._end(None if complete else Lost(f"status {self.status}"))

    def _head(self, head):
        self.status = int(head[9:12])
        self.chunked = b"transfer-encoding: chunked" in head
        at = head.find(b"content-length:")
        if at >= 0:
            self.length = int(head[at + 15 :].split(b"\r\n", 1)[0])

    def _end(self, error):
        answer, self.answer = self.answer, None
        if answer is None or answer.done():
            return
        if error:
            answer.set_exception(error)
        else:
            answer.set_result(self.first)

    def close(self):
        if self.transport:
            self.transport.abort()
        self.open = False


def request(fields):
    """The bytes of a request for a completion."""
    body = json.dumps(fields).encode()
    head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Load:
    """Clients that ask one server, and what they saw."""

    def __init__(self, port, clients, fields, seconds, patience):
        self.port = port
        self.clients = clients
        self.fields = fields
        self.seconds = seconds
        self.patience = patience
        self.seed = 0
        self.first, self.whole, self.errors = [], [], {}

    def _next(self):
        self.seed += 1
        return request({**self.fields, "seed": self.seed})

    async def _client(self, until):
        connection = Connection()
        loop = asyncio.get_running_loop()
        while time.perf_counter() < until:
            begun = time.perf_counter()
            try:
                if not connection.open:
                    _, connection = await loop.create_connection(
                        Connection, "127.0.0.1", self.port
                    )
                answer = connection.ask(self._next(), bool(self.fields.get("stream")))
                first = await asyncio.wait_for(answer, self.patience)
                self.first.append(first - begun)
                self.whole.append(time.perf_counter() - begun)
            except (OSError, Lost, TimeoutError, asyncio.TimeoutError) as e:
                what = str(e) or type(e).__name__
                self.errors[what] = self.errors.get(what, 0) + 1
                connection.close()
                await asyncio.sleep(0.05)
        connection.close()

    async def _run(self):
        until = time.perf_counter() + self.seconds
        await asyncio.gather(*(self._client(until) for _ in range(self.clients)))

    def run(self):
        """What the clients saw, once each has the answer to its last request.

        ``seconds`` is the time until then; times to the first byte (of a stream: of the first text)
        and to the end are of requests that were answered.
        """
        allow(self.clients + DESCRIPTORS)
        begun = time.perf_counter()
        asyncio.run(self._run())
        seconds = time.perf_counter() - begun
        return {
            "clients": self.clients,
            "stream": bool(self.fields.get("stream")),
            "answered": len(self.whole),
            "errors": sum(self.errors.values()),
            "kinds of errors": self.errors,
            "seconds": seconds,
            "requests per second": len(self.whole) / seconds,
            "first": quantiles(self.first),
            "whole": quantiles(self.whole),
        }


def allow(descriptors):
    """Raises the limit of open files where it is too low and may be raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < descriptors:
        most = descriptors if hard == resource.RLIM_INFINITY else min(descriptors, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def quantiles(values):
    """Median and 99th percentile: the smallest value that so many of a hundred do not exceed."""
    if not values:
        return {"p50": None, "p99": None}
    ordered = sorted(values)
    return {f"p{q}": ordered[max(0, -(-len(ordered) * q // 100) - 1)] for q in (50, 99)}
