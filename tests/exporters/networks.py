"""What watches networks, names, mail and hardware."""

from __future__ import annotations

import json
from pathlib import Path

from processes import Stage
from proxies import nginx
from sources import Source, exporter


def blackbox_exporter(stage: Stage) -> list[Source]:
    server, port = nginx(stage)
    settings = stage.folder / "blackbox.yml"
    modules = {"http_2xx": {"prober": "http"}, "tcp": {"prober": "tcp"}}
    settings.write_text(json.dumps({"modules": modules}))
    own = exporter(
        stage, "prometheus-blackbox-exporter", ("blackbox_exporter", "go_runtime"), [f"--config.file={settings}"]
    )
    base = own.url.removesuffix("/metrics")
    probes = {"http_2xx": f"http://127.0.0.1:{port}/", "tcp": f"127.0.0.1:{port}"}
    return [own, *(Source(f"{base}/probe?module={module}&target={target}", ("blackbox_exporter",), servers=(server,))
                   for module, target in probes.items())]  # fmt: skip


def snmp_exporter(stage: Stage) -> list[Source]:
    settings = Path("/etc/prometheus/snmp.yml")
    if not settings.exists():
        settings = stage.folder / "snmp.yml"
        settings.write_text("shop: {walk: [1.3.6.1.2.1.1]}\n")
    flags = [f"--config.file={settings}"]
    return [exporter(stage, "prometheus-snmp-exporter", ("snmp_exporter", "go_runtime"), flags)]
