"""Web servers, proxies and caches with their exporters."""

from __future__ import annotations

import json
from pathlib import Path

from exposition import fetch
from processes import Process, Stage, account, free_port, program
from sources import Source, exporter, owned


def nginx_prometheus_exporter(stage: Stage) -> list[Source]:
    server, port = nginx(stage)
    flags = ["-nginx.scrape-uri", f"http://127.0.0.1:{port}/status"]
    return [exporter(stage, "prometheus-nginx-exporter", ("nginx_prometheus_exporter",), flags,
                     listen="-web.listen-address=", holds="nginx_up 1", servers=(server,))]  # fmt: skip


def haproxy(stage: Stage) -> list[Source]:
    port, metrics, (server, backend) = free_port(), free_port(), nginx(stage)
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
    return [Source(url, ("haproxy",), servers=(server,))]


def haproxy_exporter(stage: Stage) -> list[Source]:
    where, port, (_, backend) = free_port(), free_port(), nginx(stage)
    settings = stage.folder / "haproxy.cfg"
    settings.write_text(
        "defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"
        f"frontend statistics\n  bind 127.0.0.1:{where}\n  stats enable\n  stats uri /statistics\n"
        f"frontend web\n  bind 127.0.0.1:{port}\n  default_backend shop\n"
        f"backend shop\n  option httpchk GET /\n  server one 127.0.0.1:{backend} check inter 100ms\n"
    )
    server = stage.start([program("haproxy"), "-db", "-f", settings])
    stage.wait_for_port(port)
    fetch(f"http://127.0.0.1:{port}/")
    flags = [f"--haproxy.scrape-uri=http://127.0.0.1:{where}/statistics;csv"]
    return [exporter(stage, "prometheus-haproxy-exporter", ("haproxy_exporter", "go_runtime"), flags,
                     holds="haproxy_up 1", servers=(server,))]  # fmt: skip


def varnish_exporter(stage: Stage) -> list[Source]:
    port, (_, backend), user = free_port(), nginx(stage), account("vcache")
    folder = owned(stage, "varnish", user)
    # Without a jail it stays the account that it was started as.
    server = stage.start([program("varnishd"), "-F", "-j", "none", "-n", folder, "-a", f"127.0.0.1:{port}",
                          "-b", f"127.0.0.1:{backend}", "-s", "malloc,32m"], user)  # fmt: skip
    stage.wait_for_port(port)
    for _ in range(2):
        fetch(f"http://127.0.0.1:{port}/")
    return [exporter(stage, "prometheus-varnish-exporter", ("varnish_exporter",), ["-n", str(folder)],
                     listen="-web.listen-address=", holds="varnish_up 1", servers=(server,), user=user)]  # fmt: skip


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
    server = stage.start([program("apache2"), "-D", "FOREGROUND", "-f", settings])
    stage.wait_for_port(port)
    flags = [f"--scrape_uri=http://127.0.0.1:{port}/server-status?auto"]
    # Debian's build has no --web.listen-address.
    return [exporter(stage, "prometheus-apache-exporter", ("apache_exporter", "go_runtime"), flags,
                     listen="--telemetry.address=", holds="apache_up 1", servers=(server,))]  # fmt: skip


def squid_exporter(stage: Stage) -> list[Source]:
    port, user = free_port(), account("proxy")
    folder = owned(stage, "squid", user)
    settings = folder / "squid.conf"
    settings.write_text(
        f"http_port 127.0.0.1:{port}\nhttp_access allow localhost manager\nhttp_access deny all\n"
        f"pid_filename none\ncache_log {folder}/cache.log\naccess_log none\ncache deny all\ncoredump_dir {folder}\n"
        "visible_hostname localhost\nshutdown_lifetime 0 seconds\npinger_enable off\n"
    )
    server = stage.start([program("squid"), "-N", "-f", settings], user)
    stage.wait_for_port(port)
    flags = ["-squid-hostname", "127.0.0.1", "-squid-port", str(port)]
    return [exporter(stage, "prometheus-squid-exporter", ("squid_exporter", "go_runtime"), flags,
                     listen="-listen=", holds="squid_up", servers=(server,))]  # fmt: skip


def nginx(stage: Stage) -> tuple[Process, int]:
    """A web server, and its port."""
    port = free_port()
    settings = stage.folder / "nginx.conf"
    settings.write_text(
        f"daemon off; pid {stage.folder}/nginx.pid; error_log stderr; events {{}}\n"
        "http { access_log off; server {\n"
        f"  listen 127.0.0.1:{port}; location / {{ return 200 hello; }} location /status {{ stub_status; }}\n}} }}\n"
    )
    server = stage.start([program("nginx"), "-p", stage.folder, "-c", settings])
    stage.wait_for_port(port)
    return server, port
