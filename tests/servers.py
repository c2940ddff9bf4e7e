"""Real servers for tests: on free ports of the loopback interface, ready when they are handed over, stopped by process id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from promtrim.http import wait_for
from tests.tools import newer

READY_WITHIN = 60.0
"""Seconds: machines that test are slow at times."""


def cache() -> Path:
    """Where programs lie that are not installed."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "promtrim"


@lru_cache
def programs(name: str) -> tuple[Path, ...]:
    """The versions of a server that can be had: the one that is installed, and that of Debian's newest suite.

    Args:
        name: ``prometheus`` or ``prometheus-alertmanager``, as Debian calls them.
    """
    found = []
    installed = shutil.which(name)
    if installed:
        found.append(Path(installed))
    unpacked = cache() / {"prometheus": "prometheus-3"}.get(name, f"{name}-newer") / name
    if newer(name, unpacked):
        found.append(unpacked)
    return tuple(found)


def free_port() -> int:
    """A port of the loopback interface on which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def answers(url: str) -> bool:
    """Whether a server answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@contextmanager
def running(
    command: Sequence[str | Path], ready: str | Callable[[], bool], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, once it is ready; ended with the block.

    Args:
        ready: an address that answers then, or what says so.

    Raises:
        RuntimeError: it ended or did not get ready; with the end of its log.
    """
    log = folder / f"{Path(command[0]).name}.log"
    is_ready = (lambda: answers(ready)) if isinstance(ready, str) else ready
    with log.open("wb") as output:
        process = subprocess.Popen([str(each) for each in command], cwd=folder, stdout=output, stderr=output)
        try:
            wait_for(lambda: process.poll() is not None or is_ready(), READY_WITHIN)
            if process.poll() is not None or not is_ready():
                raise RuntimeError(f"{command[0]} did not get ready:\n{log.read_text(errors='replace')[-2000:]}")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


@contextmanager
def prometheus(program: Path, config: str, folder: Path, *arguments: str) -> Iterator[str]:
    """A Prometheus with a configuration; gives its address."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(config)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    prefix = next((each.partition("=")[2] for each in arguments if each.startswith("--web.route-prefix")), "")
    command = [
        program, "--config.file=prometheus.yml", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", *arguments,
    ]  # fmt: skip
    with running(command, f"{url}{prefix}/-/ready", folder):
        yield f"{url}{prefix}"


@contextmanager
def alertmanager(program: Path, config: str, folder: Path) -> Iterator[str]:
    """An Alertmanager with a configuration; gives its address."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alertmanager.yml").write_text(config)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        program, "--config.file=alertmanager.yml", f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    with running(command, f"{url}/-/ready", folder):
        yield url


@contextmanager
def node_exporter(folder: Path) -> Iterator[str | None]:
    """A node_exporter; gives its host and port, or None where none is installed."""
    program = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")
    if program is None:
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    address = f"127.0.0.1:{free_port()}"
    command = [program, f"--web.listen-address={address}", "--collector.disable-defaults",
                                 "--collector.uname", "--collector.cpu", "--collector.loadavg"]  # fmt: skip
    with running(command, f"http://{address}/metrics", folder):
        yield address


@contextmanager
def exposing(text: str) -> Iterator[str]:
    """Something of the tests' own that exposes metrics; gives its host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
