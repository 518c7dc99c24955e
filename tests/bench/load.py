"""Asks one address over and over on several kept-alive connections, and tells how fast the answers came.

`python -m tests.bench.load URL --cookie C --seconds S --connections N` prints one JSON object: `rps`, `p50_ms`, `p95_ms`,
`requests`, `errors`. It runs as a process of its own, speaks HTTP/1.1 by hand and parses no more than it must, so that it
measures the server and not itself.
"""

import argparse
import asyncio
import json
import statistics
import time
from urllib.parse import urlsplit


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bool:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line[15:]))
            return head.startswith(b"http/1.1 200")
    raise RuntimeError("an answer without its length")


async def _connection(host: str, port: int, request: bytes, until: float, times: list[float]) -> int:
    errors = 0
    reader, writer = await asyncio.open_connection(host, port, limit=2**22)
    while (begun := time.perf_counter()) < until:
        errors += not await _ask(reader, writer, request)
        times.append(time.perf_counter() - begun)
    writer.close()
    return errors


async def measure(url: str, *, cookie: str, authorization: str, seconds: float, connections: int) -> dict[str, float]:
    """The figures of one address: requests per second, median and 95th percentile in milliseconds. What is empty is not sent."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Accept-Language: zh-CN"]
    lines += [f"{name}: {value}" for name, value in (("Cookie", cookie), ("Authorization", authorization)) if value]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    begun, times = time.perf_counter(), []
    tasks = [_connection(host, port, request, begun + seconds, times) for _ in range(connections)]
    errors = sum(await asyncio.gather(*tasks))
    elapsed = time.perf_counter() - begun
    percentiles = statistics.quantiles(times, n=20)
    return {
        "rps": round(len(times) / elapsed, 1),
        "p50_ms": round(percentiles[9] * 1000, 2),
        "p95_ms": round(percentiles[18] * 1000, 2),
        "requests": len(times),
        "errors": errors,
    }


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--cookie", default="")
    parser.add_argument("--authorization", default="")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=8)
    chosen = parser.parse_args()
    print(json.dumps(asyncio.run(measure(**vars(chosen)))))


if __name__ == "__main__":
    main()
