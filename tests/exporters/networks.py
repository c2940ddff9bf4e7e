"""What watches networks, names, mail and hardware."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from processes import Stage, account, free_port, program
from proxies import nginx
from sources import Source, exporter, owned


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


def bind_exporter(stage: Stage) -> list[Source]:
    port, where, user = free_port(), free_port(), account("bind")
    folder = owned(stage, "bind", user)
    zone = folder / "shop.zone"
    zone.write_text("$TTL 60\n@ IN SOA ns hostmaster 1 60 60 60 60\n@ IN NS ns\nns IN A 127.0.0.1\n")
    settings = folder / "named.conf"
    settings.write_text(
        f'options {{ directory "{folder}"; pid-file "{folder}/pid"; session-keyfile "{folder}/key"; recursion yes;\n'
        f"  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; dnssec-validation no; }};\n"
        f"controls {{ }};\nstatistics-channels {{ inet 127.0.0.1 port {where} allow {{ 127.0.0.1; }}; }};\n"
        f'zone "shop.test" {{ type primary; file "{zone}"; }};\n'
    )
    server = stage.start([program("named"), "-f", "-c", settings], user)
    stage.wait_for_port(where)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(10)
        # A query for ns.shop.test, type A.
        connection.sendto(bytes.fromhex("000101000001000000000000026e730473686f7004746573740000010001"), ("127.0.0.1", port))
        connection.recv(512)
    flags = [f"--bind.stats-url=http://127.0.0.1:{where}/", f"--bind.pid-file={folder}/pid"]
    return [exporter(stage, "prometheus-bind-exporter", ("bind_exporter", "go_runtime"), flags,
                     holds="bind_up 1", servers=(server,))]  # fmt: skip


def ipmi_exporter(stage: Stage) -> list[Source]:
    """Of this machine's own BMC, which it need not have: what of it cannot be read says so by ipmi_up."""
    settings = stage.folder / "ipmi.yml"
    settings.write_text(json.dumps({"modules": {"default": {"collectors": ["bmc", "ipmi", "chassis", "dcmi"]}}}))
    flags = [f"--config.file={settings}"]
    return [exporter(stage, "prometheus-ipmi-exporter", ("ipmi_exporter", "go_runtime"), flags, holds="ipmi_up")]
