"""A real Prometheus that scrapes a real node_exporter and the tests' own shop, with six hours of the shop's past."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from promtrim.http import Client, Server, wait_for
from tests import servers
from tests.dashboards.app import Shop, serve

RULES = Path(__file__).with_name("rules.yml")
PATIENCE = 60.0


class Live:
    """The running servers."""

    def __init__(self, url: str, now: float) -> None:
        self.url = url
        self.now = now

    def query(self, expr: str) -> dict[str, Any]:
        """What Prometheus answers to a query now; its words where it refuses."""
        with Client(Server(self.url)) as client:
            answer = client.send("GET", "/api/v1/query", params={"query": expr}, accept=(400, 422))
        found: dict[str, Any] = answer.body
        return found

    def series(self, expr: str) -> int:
        found = self.query(expr)
        assert found["status"] == "success", (expr, found)
        result = found["data"]["result"]
        return len(result) if found["data"]["resultType"] == "vector" else 1


@contextmanager
def shop(folder: Path, fixtures: Path) -> Iterator[Live]:
    """All of it, once every target has been scraped and every rule evaluated; skips where a program is missing."""
    prometheus = shutil.which("prometheus")
    promtool = shutil.which("promtool")
    exporter = shutil.which("prometheus-node-exporter")
    if prometheus is None or promtool is None or exporter is None:
        pytest.skip("Prometheus or its node_exporter is not installed")
    now = time.time()
    story = Shop(now)
    server = serve(story, time.time)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_address[1]}"
    past = folder / "past.om"
    past.write_text(story.history(dict.fromkeys(story.jobs, address)))
    done = subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", past, folder / "data"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    node = f"127.0.0.1:{servers.free_port()}"
    config = {
        "global": {"scrape_interval": "2s", "evaluation_interval": "2s"},
        "rule_files": [str(RULES), str(fixtures / "alert_rules.yml")],
        "scrape_configs": [
            *({"job_name": job, "metrics_path": f"/{job}", "static_configs": [{"targets": [address]}]} for job in story.jobs),
            {"job_name": "node", "static_configs": [{"targets": [node]}]},
        ],
    }
    try:
        with (
            servers.running([exporter, f"--web.listen-address={node}"], f"http://{node}/metrics", folder),
            servers.prometheus(Path(prometheus), json.dumps(config), folder, "--storage.tsdb.retention.time=30d") as url,
        ):
            live = Live(url, now)
            # rate() of what only the exporter tells wants two scrapes; rules want one evaluation more.
            assert wait_for(lambda: live.series("count_over_time(node_load1[30s]) > 2 and on () ALERTS") > 0, PATIENCE)
            yield live
    finally:
        server.shutdown()
        server.server_close()
