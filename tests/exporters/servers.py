"""How each exporter is started with its real server, as packages ship them and with default settings.

A function takes the stage, starts what it needs, waits until it answers, and says where to scrape and which rulesets speak
of the answer, the one that the test is about first. What is not installed skips the test. Programs that export metrics of
their own through a client library stand in ``libraries``.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from exposition import fetch
from processes import Stage, account, free_port, program


class Source(msgspec.Struct, frozen=True):
    """Something to scrape."""

    url: str
    rulesets: tuple[str, ...]
    options: tuple[tuple[str, bool | str], ...] = ()
    """Of the first ruleset's exporter, where they are not its defaults."""
    typed: bool = True
    """Whether the answer states types as the exporter means them."""


def node_exporter(stage: Stage) -> list[Source]:
    return [_exporter(stage, "prometheus-node-exporter", ("node_exporter", "go_runtime"))]


def redis_exporter(stage: Stage) -> list[Source]:
    port = free_port()
    stage.start([program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", stage.folder])
    stage.wait_for_port(port)
    _speak(port, b"SET a 1\r\nGET a\r\nGET b\r\nBGSAVE\r\n")
    flags = ["-redis.addr", f"redis://127.0.0.1:{port}"]
    return [_exporter(stage, "prometheus-redis-exporter", ("redis_exporter",), flags, dash="-", holds="redis_up 1")]


def postgres_exporter(stage: Stage) -> list[Source]:
    tools = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not tools:
        pytest.skip("postgresql is not installed")
    user, port = account("postgres"), free_port()
    data = _owned(stage, "data", user)
    stage.run([tools[-1] / "initdb", "--auth=trust", "--username=postgres", "--no-sync", "-D", data], user)
    stage.start([tools[-1] / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", data], user)
    stage.wait_for_port(port)
    env = {"DATA_SOURCE_NAME": f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable"}
    name = "prometheus-postgres-exporter"
    return [_exporter(stage, name, ("postgres_exporter",), env=env, holds="\npg_up 1")]


def mysqld_exporter(stage: Stage) -> list[Source]:
    server, installer = program("mariadbd"), program("mariadb-install-db")
    user, port = account("mysql"), free_port()
    data = _owned(stage, "data", user)
    place = [f"--datadir={data}", "--skip-name-resolve"]
    stage.run([installer, "--no-defaults", *place, "--auth-root-authentication-method=normal"], user)
    stage.start([server, "--no-defaults", *place, f"--port={port}", "--bind-address=127.0.0.1",
                 f"--socket={data}/socket", f"--pid-file={data}/pid"], user)  # fmt: skip
    stage.wait_for_port(port)
    settings = stage.folder / "my.cnf"
    settings.write_text(f"[client]\nuser=root\npassword=\nhost=127.0.0.1\nport={port}\n")
    env = {"DATA_SOURCE_NAME": f"root@(127.0.0.1:{port})/"}
    flags = [f"--config.my-cnf={settings}"]
    return [_exporter(stage, "prometheus-mysqld-exporter", ("mysqld_exporter",), flags, env, holds="mysql_up 1")]


def nginx_prometheus_exporter(stage: Stage) -> list[Source]:
    port = _nginx(stage)
    flags = ["-nginx.scrape-uri", f"http://127.0.0.1:{port}/status"]
    name = "prometheus-nginx-exporter"
    return [_exporter(stage, name, ("nginx_prometheus_exporter",), flags, dash="-", holds="nginx_up 1")]


def blackbox_exporter(stage: Stage) -> list[Source]:
    port = _nginx(stage)
    settings = stage.folder / "blackbox.yml"
    modules = {"http_2xx": {"prober": "http"}, "tcp": {"prober": "tcp"}}
    settings.write_text(json.dumps({"modules": modules}))
    own = _exporter(
        stage, "prometheus-blackbox-exporter", ("blackbox_exporter", "go_runtime"), [f"--config.file={settings}"]
    )
    base = own.url.removesuffix("/metrics")
    probes = {"http_2xx": f"http://127.0.0.1:{port}/", "tcp": f"127.0.0.1:{port}"}
    return [own, *(Source(f"{base}/probe?module={module}&target={target}", ("blackbox_exporter",))
                   for module, target in probes.items())]  # fmt: skip


def haproxy(stage: Stage) -> list[Source]:
    port, metrics, backend = free_port(), free_port(), _nginx(stage)
    settings = stage.folder / "haproxy.cfg"
    settings.write_text(
        "global\n  maxconn 100\n"
        "defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"
        f"frontend metrics\n  bind 127.0.0.1:{metrics}\n  http-request use-service prometheus-exporter\n"
        f"frontend web\n  bind 127.0.0.1:{port}\n  default_backend shop\n"
        f"backend shop\n  option httpchk GET /\n  server one 127.0.0.1:{backend} check inter 100ms\n"
    )
    stage.start([program("haproxy"), "-db", "-f", settings])
    url = f"http://127.0.0.1:{metrics}/metrics"
    stage.wait_for_url(url, "haproxy_")
    fetch(f"http://127.0.0.1:{port}/")
    return [Source(url, ("haproxy",))]


def process_exporter(stage: Stage) -> list[Source]:
    settings = stage.folder / "process.yml"
    groups = [{"name": "sleep-{{.Matches.time}}", "cmdline": ["sleep (?P<time>[0-9]+)"]}]
    settings.write_text(json.dumps({"process_names": groups}))
    stage.start([program("sleep"), "300"])
    gone = stage.start([program("sleep"), "301"])
    flags = [f"-config.path={settings}"]
    name = "prometheus-process-exporter"
    source = _exporter(stage, name, ("process_exporter", "go_runtime"), flags, dash="-", holds="sleep-301")
    # A group whose last process has ended is still exported.
    gone.terminate()
    gone.wait()
    return [source]


def alertmanager(stage: Stage) -> list[Source]:
    settings = stage.folder / "alertmanager.yml"
    settings.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    flags = [f"--config.file={settings}", f"--storage.path={stage.folder}", "--cluster.listen-address=127.0.0.1:0"]
    return [_exporter(stage, "prometheus-alertmanager", ("alertmanager", "go_runtime"), flags)]


def pushgateway(stage: Stage) -> list[Source]:
    return [_exporter(stage, "prometheus-pushgateway", ("pushgateway", "go_runtime"))]


def prometheus_server(stage: Stage) -> list[Source]:
    port = free_port()
    rules = stage.folder / "rules.yml"
    rules.write_text("groups: [{name: g, rules: [{record: 'a:b', expr: up}, {alert: A, expr: up == 0}]}]\n")
    settings = stage.folder / "prometheus.yml"
    scrape = {"job_name": "prometheus", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    settings.write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": [str(rules)],
                "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9"]}]}]},
                "scrape_configs": [scrape],
            }
        )
    )
    stage.start([program("prometheus"), f"--config.file={settings}", f"--storage.tsdb.path={stage.folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}"])  # fmt: skip
    url = f"http://127.0.0.1:{port}/metrics"
    stage.wait_for_url(f"http://127.0.0.1:{port}/api/v1/query?query=a:b", '"value"')
    # What Prometheus makes itself of each scrape and each alert is not on its own page.
    made = f"http://127.0.0.1:{port}/federate?match[]={{__name__=~%22up|scrape_.*|ALERTS.*%22}}"
    stage.wait_for_url(made, "scrape_samples_scraped{")
    return [
        Source(url, ("prometheus_server", "go_runtime", "http_libraries")),
        Source(made, ("prometheus_server",), typed=False),
    ]


def etcd(stage: Stage) -> list[Source]:
    client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    stage.start([program("etcd"), "--data-dir", stage.folder / "data", "--listen-client-urls", client,
                 "--advertise-client-urls", client, "--listen-peer-urls", peer,
                 "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"])  # fmt: skip
    stage.wait_for_url(f"{client}/metrics", "etcd_server_has_leader 1")
    return [Source(f"{client}/metrics", ("etcd", "go_runtime"))]


def caddy(stage: Stage) -> list[Source]:
    admin, port = free_port(), free_port()
    settings = stage.folder / "caddy.json"
    server = {
        "listen": [f"127.0.0.1:{port}"],
        "routes": [{"handle": [{"handler": "static_response", "body": "hello"}]}],
        "metrics": {},
        "automatic_https": {"disable": True},
    }
    apps = {"http": {"servers": {"shop": server}}}
    settings.write_text(json.dumps({"admin": {"listen": f"127.0.0.1:{admin}"}, "apps": apps}))
    home = {"HOME": str(stage.folder), "XDG_DATA_HOME": str(stage.folder), "XDG_CONFIG_HOME": str(stage.folder)}
    stage.start([program("caddy"), "run", "--config", settings], env=home)
    stage.wait_for_port(port)
    fetch(f"http://127.0.0.1:{port}/")
    url = f"http://127.0.0.1:{admin}/metrics"
    stage.wait_for_url(url, "caddy_")
    return [Source(url, ("caddy", "go_runtime"))]


def rabbitmq_prometheus(stage: Stage) -> list[Source]:
    server = program("rabbitmq-server", "/usr/lib/rabbitmq/bin")
    epmd, amqp, distribution, metrics = (free_port() for _ in range(4))
    user = account("rabbitmq")
    folder = _owned(stage, "rabbit", user)
    plugins = folder / "enabled_plugins"
    plugins.write_text("[rabbitmq_prometheus].\n")
    settings = folder / "rabbitmq.conf"
    settings.write_text(
        f"listeners.tcp.1 = 127.0.0.1:{amqp}\nprometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = {metrics}\n"
    )
    # epmd would stay behind as a daemon: ours runs in the foreground.
    stage.start([program("epmd"), "-port", str(epmd), "-address", "127.0.0.1"], user)
    stage.wait_for_port(epmd)
    env = {
        "HOME": str(folder), "ERL_EPMD_PORT": str(epmd), "RABBITMQ_NODENAME": "rabbit@localhost",
        "RABBITMQ_MNESIA_BASE": str(folder), "RABBITMQ_LOG_BASE": str(folder), "RABBITMQ_LOGS": "-",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins), "RABBITMQ_CONFIG_FILE": str(settings),
        "RABBITMQ_DIST_PORT": str(distribution), "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }  # fmt: skip
    stage.start([server], user, env)
    url = f"http://127.0.0.1:{metrics}/metrics"
    stage.wait_for_url(url, "rabbitmq_identity_info")
    return [
        Source(url, ("rabbitmq_prometheus",)),
        Source(f"{url}/per-object", ("rabbitmq_prometheus",), (("return_per_object_metrics", True),)),
    ]


def apache_exporter(stage: Stage) -> list[Source]:
    modules = Path("/usr/lib/apache2/modules")
    port, user = free_port(), account("www-data")
    settings = stage.folder / "apache.conf"
    names = ("mpm_event", "authz_core", "status")
    settings.write_text(
        f"ServerRoot {stage.folder}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {stage.folder}/apache.pid\n"
        f"ErrorLog {stage.folder}/apache.log\nDefaultRuntimeDir {stage.folder}\n"
        + "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in names)
        + (f"User {user}\n" if user else "")
        + "ExtendedStatus On\n<Location /server-status>\n  SetHandler server-status\n</Location>\n"
    )
    stage.start([program("apache2"), "-D", "FOREGROUND", "-f", settings])
    stage.wait_for_port(port)
    flags = [f"--scrape_uri=http://127.0.0.1:{port}/server-status?auto"]
    where = free_port()
    # Debian's build has no --web.listen-address.
    stage.start([program("prometheus-apache-exporter"), f"--telemetry.address=127.0.0.1:{where}", *flags])
    url = f"http://127.0.0.1:{where}/metrics"
    stage.wait_for_url(url, "apache_up 1")
    return [Source(url, ("apache_exporter", "go_runtime"))]


def squid_exporter(stage: Stage) -> list[Source]:
    port, user = free_port(), account("proxy")
    folder = _owned(stage, "squid", user)
    settings = folder / "squid.conf"
    settings.write_text(
        f"http_port 127.0.0.1:{port}\nhttp_access allow localhost manager\nhttp_access deny all\n"
        f"pid_filename none\ncache_log {folder}/cache.log\naccess_log none\ncache deny all\ncoredump_dir {folder}\n"
        "visible_hostname localhost\nshutdown_lifetime 0 seconds\npinger_enable off\n"
    )
    stage.start([program("squid"), "-N", "-f", settings], user)
    stage.wait_for_port(port)
    flags = ["-squid-hostname", "127.0.0.1", "-squid-port", str(port)]
    where = free_port()
    stage.start([program("prometheus-squid-exporter"), "-listen", f"127.0.0.1:{where}", *flags])
    url = f"http://127.0.0.1:{where}/metrics"
    stage.wait_for_url(url, "squid_up")
    return [Source(url, ("squid_exporter", "go_runtime"))]


def snmp_exporter(stage: Stage) -> list[Source]:
    settings = Path("/etc/prometheus/snmp.yml")
    if not settings.exists():
        settings = stage.folder / "snmp.yml"
        settings.write_text("shop: {walk: [1.3.6.1.2.1.1]}\n")
    flags = [f"--config.file={settings}"]
    return [_exporter(stage, "prometheus-snmp-exporter", ("snmp_exporter", "go_runtime"), flags)]


REAL: dict[str, Callable[[Stage], list[Source]]] = {
    start.__name__: start
    for start in (
        node_exporter, redis_exporter, postgres_exporter, mysqld_exporter, nginx_prometheus_exporter, blackbox_exporter,
        haproxy, process_exporter, alertmanager, pushgateway, prometheus_server, etcd, caddy, rabbitmq_prometheus,
        apache_exporter, squid_exporter, snmp_exporter,
    )
}  # fmt: skip
"""Name of the exporter to the function that starts the real thing."""


def _exporter(
    stage: Stage,
    name: str,
    rulesets: tuple[str, ...],
    flags: list[str] | None = None,
    env: Mapping[str, str] | None = None,
    dash: str = "--",
    holds: str = "",
) -> Source:
    """Start an exporter and wait until its answer holds a text."""
    port = free_port()
    stage.start([program(name), f"{dash}web.listen-address=127.0.0.1:{port}", *(flags or ())], env=env)
    url = f"http://127.0.0.1:{port}/metrics"
    stage.wait_for_url(url, holds)
    return Source(url, rulesets)


def _nginx(stage: Stage) -> int:
    """A web server; its port."""
    port = free_port()
    settings = stage.folder / "nginx.conf"
    settings.write_text(
        f"daemon off; pid {stage.folder}/nginx.pid; error_log stderr; events {{}}\n"
        "http { access_log off; server {\n"
        f"  listen 127.0.0.1:{port}; location / {{ return 200 hello; }} location /status {{ stub_status; }}\n}} }}\n"
    )
    stage.start([program("nginx"), "-p", stage.folder, "-c", settings])
    stage.wait_for_port(port)
    return port


def _owned(stage: Stage, name: str, user: str | None) -> Path:
    """A folder that a server's system account may write."""
    folder = stage.folder / name
    folder.mkdir()
    if user:
        shutil.chown(folder, user, user)
    return folder


def _speak(port: int, words: bytes) -> None:
    """Send a few commands in a plain text protocol, and read an answer."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(words)
        connection.recv(4096)
