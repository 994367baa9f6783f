"""A stand-in for S3 on 127.0.0.1: objects of one bucket in memory, by the calls that `Files` makes."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@dataclass
class Bucket:
    """What was put, and how often the next calls fail before they go through."""

    address: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    unsigned: int = 0
    failing: int = 0
    missing: bool = False
    "There is no such bucket."


@contextmanager
def serve() -> Iterator[Bucket]:
    """The bucket, until the block ends."""
    bucket = Bucket()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def tell(self, what: str, body: str) -> None:
            self.answer(200, f"<{what} {NAMESPACE}>{body}</{what}>".encode())

        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = parse_qs(parts.query, keep_blank_values=True)
            _, _, key = unquote(parts.path).lstrip("/").partition("/")
            bucket.calls.append(f"{self.command} {key}{'?' if query else ''}{'&'.join(sorted(query))}")
            if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=who/"):
                bucket.unsigned += 1
                self.answer(403)
            elif bucket.failing:
                bucket.failing -= 1
                self.answer(503)
            elif bucket.missing:
                self.answer(404)
            elif "delete" in query:
                gone = re.findall(r"<Key>(.*?)</Key>", body.decode())
                for name in gone:
                    bucket.objects.pop(name, None)
                self.tell("DeleteResult", "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in gone))
            elif "uploads" in query:
                bucket.parts["u1"] = {}
                self.tell("InitiateMultipartUploadResult", "<UploadId>u1</UploadId>")
            elif "partNumber" in query:
                bucket.parts["u1"][int(query["partNumber"][0])] = body
                self.answer(200, ETag=digest(body))
            elif "uploadId" in query and self.command == "POST":
                bucket.objects[key] = b"".join(part for _, part in sorted(bucket.parts.pop("u1").items()))
                self.tell("CompleteMultipartUploadResult", f"<ETag>{digest(bucket.objects[key])}</ETag>")
            elif self.command == "PUT":
                bucket.objects[key] = body
                self.answer(200, ETag=digest(body))
            elif key not in bucket.objects:
                self.answer(404)
            else:
                data = bucket.objects[key]
                self.answer(200, data, ETag=digest(data), **{"Last-Modified": "Mon, 23 Nov 2026 09:00:00 GMT"})

        do_GET = do_PUT = do_POST = do

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    bucket.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def digest(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'
