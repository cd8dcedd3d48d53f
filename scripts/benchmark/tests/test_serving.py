"""The clients of scripts/serve-bench, on a server whose answers are known.

  python3 -m unittest discover -s scripts/benchmark/tests
"""

import pathlib
import sys
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SCRIPTS = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))

from benchmark import serve_clients, serving  # noqa: E402


class Handler(BaseHTTPRequestHandler):
    """Answers after the delay of the class: whole, or as two events with a pause between."""

    protocol_version = "HTTP/1.1"
    delay = 0.05
    status = 200
    done = True
    bodies = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.bodies.append(body)
        if b'"stream": true' not in body:
            time.sleep(self.delay)
            self._head(("Content-Length", "2"))
            self.wfile.write(b"{}")
            return
        self._head(("Transfer-Encoding", "chunked"))
        time.sleep(self.delay)
        events = ["data: 1\n\n"] + ["data: [DONE]\n\n"] * self.done
        for event in events:
            self.wfile.write(f"{len(event):x}\r\n{event}\r\n".encode())
            time.sleep(self.delay)
        self.wfile.write(b"0\r\n\r\n")

    def _head(self, header):
        self.send_response(self.status)
        self.send_header(*header)
        self.end_headers()

    def log_message(self, *_):
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a client that leaves


class ServingTest(unittest.TestCase):
    def load(self, clients, stream, patience=10, **changed):
        handler = type("Changed", (Handler,), {"bodies": [], **changed})
        server = Quiet(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            fields = {"prompt": "a", "stream": stream}
            load = serve_clients.Load(server.server_port, clients, fields, 0.3, patience)
            return load.run(), handler.bodies
        finally:
            server.shutdown()
            server.server_close()

    def test_whole_answers_are_counted_and_timed(self):
        found, bodies = self.load(4, False)
        self.assertEqual(found["errors"], 0)
        self.assertEqual(found["answered"], len(bodies))
        self.assertGreaterEqual(found["answered"], 4)
        self.assertGreaterEqual(found["first"]["p50"], 0.05)
        self.assertEqual(len(set(bodies)), len(bodies))  # each with another seed

    def test_the_first_event_of_a_stream_counts_not_its_head(self):
        found, _ = self.load(2, True)
        self.assertEqual(found["errors"], 0)
        self.assertGreaterEqual(found["first"]["p50"], 0.05)
        self.assertGreaterEqual(found["whole"]["p50"], found["first"]["p50"] + 0.05)

    def test_refusals_and_cut_streams_are_errors(self):
        found, bodies = self.load(2, False, status=503)
        self.assertEqual((found["answered"], found["errors"]), (0, len(bodies)))
        self.assertEqual(found["kinds of errors"], {"status 503": len(bodies)})
        found, bodies = self.load(2, True, done=False)
        self.assertEqual((found["answered"], found["errors"]), (0, len(bodies)))

    def test_patience_ends(self):
        found, _ = self.load(1, False, patience=0.1, delay=0.4)
        self.assertEqual(found["answered"], 0)
        self.assertGreaterEqual(found["errors"], 1)
        self.assertIsNone(found["first"]["p99"])

    def test_quantiles_are_values_that_occur(self):
        self.assertEqual(serve_clients.quantiles([3, 1, 2]), {"p50": 2, "p99": 3})
        self.assertEqual(serve_clients.quantiles(list(range(1, 201))), {"p50": 100, "p99": 198})

    def test_ratios_are_of_both_sides(self):
        row = {"lm4j": {"tokens per second": 12}, "PyTorch": {"tokens per second": 3}}
        self.assertEqual(serving.ratio(row, "tokens per second"), 4)
        row["PyTorch"]["tokens per second"] = 0
        self.assertIsNone(serving.ratio(row, "tokens per second"))
        self.assertAlmostEqual(serving.mean([2, 8, None]), 4)


if __name__ == "__main__":
    unittest.main()
