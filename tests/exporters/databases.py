"""Databases, caches and brokers with their exporters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from processes import Process, Stage, account, free_port, program
from sources import Source, exporter, owned, speak


def redis_exporter(stage: Stage) -> list[Source]:
    port = free_port()
    server = stage.start([program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", stage.folder])
    stage.wait_for_port(port)
    speak(port, b"SET a 1\r\nGET a\r\nGET b\r\nBGSAVE\r\n")
    flags = ["-redis.addr", f"redis://127.0.0.1:{port}"]
    return [exporter(stage, "prometheus-redis-exporter", ("redis_exporter",), flags,
                     listen="-web.listen-address=", holds="redis_up 1", servers=(server,))]  # fmt: skip


def postgres_exporter(stage: Stage) -> list[Source]:
    server, port = postgres(stage)
    env = {"DATA_SOURCE_NAME": f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable"}
    return [exporter(stage, "prometheus-postgres-exporter", ("postgres_exporter",), env=env, holds="\npg_up 1",
                     servers=(server,))]  # fmt: skip


def mysqld_exporter(stage: Stage) -> list[Source]:
    server, installer = program("mariadbd"), program("mariadb-install-db")
    user, port = account("mysql"), free_port()
    data = owned(stage, "data", user)
    place = [f"--datadir={data}", "--skip-name-resolve"]
    stage.run([installer, "--no-defaults", *place, "--auth-root-authentication-method=normal"], user)
    running = stage.start([server, "--no-defaults", *place, f"--port={port}", "--bind-address=127.0.0.1",
                           f"--socket={data}/socket", f"--pid-file={data}/pid"], user)  # fmt: skip
    stage.wait_for_port(port)
    settings = stage.folder / "my.cnf"
    settings.write_text(f"[client]\nuser=root\npassword=\nhost=127.0.0.1\nport={port}\n")
    env = {"DATA_SOURCE_NAME": f"root@(127.0.0.1:{port})/"}
    flags = [f"--config.my-cnf={settings}"]
    return [exporter(stage, "prometheus-mysqld-exporter", ("mysqld_exporter",), flags, env, holds="mysql_up 1",
                     servers=(running,))]  # fmt: skip


def etcd(stage: Stage) -> list[Source]:
    client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    stage.start([program("etcd"), "--data-dir", stage.folder / "data", "--listen-client-urls", client,
                 "--advertise-client-urls", client, "--listen-peer-urls", peer,
                 "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"])  # fmt: skip
    stage.wait_for_url(f"{client}/metrics", "etcd_server_has_leader 1")
    return [Source(f"{client}/metrics", ("etcd", "go_runtime"))]


def rabbitmq_prometheus(stage: Stage) -> list[Source]:
    server = program("rabbitmq-server", "/usr/lib/rabbitmq/bin")
    epmd, amqp, distribution, metrics = (free_port() for _ in range(4))
    user = account("rabbitmq")
    folder = owned(stage, "rabbit", user)
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


def postgres(stage: Stage) -> tuple[Process, int]:
    """A PostgreSQL that trusts everybody on this machine, and its port."""
    tools, user, port = postgres_tools(), account("postgres"), free_port()
    data = owned(stage, "data", user)
    stage.run([tools / "initdb", "--auth=trust", "--username=postgres", "--no-sync", "-D", data], user)
    server = stage.start([tools / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", data], user)
    stage.wait_for_port(port)
    return server, port


def postgres_tools() -> Path:
    """Where the newest PostgreSQL's programs are; skips the test where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if not found:
        pytest.skip("postgresql is not installed")
    return found[-1]
