"""Small programs that are instrumented with the usual client libraries, as those libraries do it by default."""

from __future__ import annotations

import sys
import urllib.error
from collections.abc import Callable
from pathlib import Path

import pytest
from exposition import fetch
from processes import Stage, free_port, program
from sources import Source

NODE_MODULES = Path(__file__).resolve().parent.parent.parent / ".cache" / "node" / "node_modules"

PLAIN = """\
import prometheus_client, time
prometheus_client.start_http_server({port}, addr="127.0.0.1")
while True:
    time.sleep(1)
"""

FASTAPI = """\
import fastapi, uvicorn
from prometheus_fastapi_instrumentator import Instrumentator
app = fastapi.FastAPI()
app.get("/shop")(lambda: "hello")
Instrumentator().instrument(app).expose(app)
uvicorn.run(app, host="127.0.0.1", port={port}, log_level="warning")
"""

FLASK = """\
import flask, prometheus_flask_exporter
app = flask.Flask("shop")
prometheus_flask_exporter.PrometheusMetrics(app)
app.route("/shop")(lambda: "hello")
app.run("127.0.0.1", {port})
"""

DJANGO = """\
import sys, django
from django.conf import settings
settings.configure(
    DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF="__main__", SECRET_KEY="x", INSTALLED_APPS=["django_prometheus"],
    MIDDLEWARE=["django_prometheus.middleware.PrometheusBeforeMiddleware",
                "django_prometheus.middleware.PrometheusAfterMiddleware"],
    DATABASES={{"default": {{"ENGINE": "django_prometheus.db.backends.sqlite3", "NAME": ":memory:"}}}},
    CACHES={{"default": {{"BACKEND": "django_prometheus.cache.backends.locmem.LocMemCache"}}}},
)
django.setup()
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.urls import include, path

def shop(request):
    cache.get("a")
    connection.cursor().execute("select 1")
    return HttpResponse("hello")

urlpatterns = [path("shop", shop), path("", include("django_prometheus.urls"))]
from django.core.management import execute_from_command_line
execute_from_command_line(["x", "runserver", "--noreload", "127.0.0.1:{port}"])
"""

NODE = """\
const client = require('prom-client');
client.collectDefaultMetrics();
const server = require('http').createServer(async (request, answer) => answer.end(await client.register.metrics()));
server.listen({port}, '127.0.0.1');
// A collection is under way now and then, as in any program.
setInterval(() => Array.from({{length: 100000}}, (_, i) => ({{i}})), 20);
"""

EXPRESS = """\
const app = require('express')();
app.use(require('express-prom-bundle')({{includeMethod: true}}));
app.get('/shop', (request, answer) => answer.send('hello'));
app.listen({port}, '127.0.0.1');
"""


def python(stage: Stage) -> list[Source]:
    return _python(stage, PLAIN, ("prometheus_client",), ("python", "http_libraries"))


def fastapi(stage: Stage) -> list[Source]:
    wanted = ("fastapi", "uvicorn", "prometheus_fastapi_instrumentator")
    return _python(stage, FASTAPI, wanted, ("http_libraries", "python"), visit="/shop")


def flask(stage: Stage) -> list[Source]:
    return _python(stage, FLASK, ("prometheus_flask_exporter",), ("python", "http_libraries"), visit="/shop")


def django(stage: Stage) -> list[Source]:
    wanted = ("django", "django_prometheus")
    return _python(stage, DJANGO, wanted, ("django_prometheus", "python", "http_libraries"), visit="/shop")


def nodejs(stage: Stage) -> list[Source]:
    return _node(stage, NODE, ("prom-client",), ("nodejs", "http_libraries"), holds="nodejs_gc_duration_seconds_count")


def express(stage: Stage) -> list[Source]:
    wanted = ("express", "express-prom-bundle")
    return _node(
        stage, EXPRESS, wanted, ("http_libraries", "nodejs"), visit="/shop", holds="http_request_duration_seconds_count"
    )


LIBRARIES: dict[str, Callable[[Stage], list[Source]]] = {
    start.__name__: start for start in (python, fastapi, flask, django, nodejs, express)
}
"""Name of the library to the function that starts a program with it."""


def _python(stage: Stage, code: str, wanted: tuple[str, ...], rulesets: tuple[str, ...], visit: str = "") -> list[Source]:
    for module in wanted:
        pytest.importorskip(module)
    port = free_port()
    script = stage.folder / "program.py"
    script.write_text(code.format(port=port))
    stage.start([sys.executable, script])
    return [_visited(stage, port, rulesets, visit, "python_info")]


def _node(
    stage: Stage, code: str, wanted: tuple[str, ...], rulesets: tuple[str, ...], visit: str = "", holds: str = ""
) -> list[Source]:
    node = program("node")
    for package in wanted:
        if not (NODE_MODULES / package).is_dir():
            pytest.skip(f"{package} is not installed (npm install --prefix .cache/node {package})")
    port = free_port()
    stage.start([node, "-e", code.format(port=port)], env={"NODE_PATH": str(NODE_MODULES)})
    return [_visited(stage, port, rulesets, visit, holds)]


def _visited(stage: Stage, port: int, rulesets: tuple[str, ...], visit: str, holds: str) -> Source:
    """Wait, then ask for a page that is there and one that is not, so that there is something to count."""
    base = f"http://127.0.0.1:{port}"
    stage.wait_for_port(port)
    if visit:
        stage.wait_for_url(base + visit, "hello")
        with pytest.raises(urllib.error.HTTPError):
            fetch(f"{base}/nothing")
    stage.wait_for_url(f"{base}/metrics", holds)
    return Source(f"{base}/metrics", rulesets)
