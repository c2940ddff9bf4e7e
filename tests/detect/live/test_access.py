"""A real Prometheus behind TLS, a password and a prefix: what proves who one is comes from the environment and files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from promtrim.errors import RemoteError
from promtrim.http import Client, Server
from tests import servers
from tests.conftest import Run

WORD = "open sesame"
HASH = "$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Its address, and the folder in which its certificate and the password lie."""
    programs, openssl = servers.programs("prometheus"), shutil.which("openssl")
    if not programs or openssl is None:
        pytest.skip("no prometheus or no openssl here")
    folder = tmp_path_factory.mktemp("guarded")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True, timeout=60, cwd=folder,
    )  # fmt: skip
    web = f"tls_server_config: {{cert_file: cert.pem, key_file: key.pem}}\nbasic_auth_users: {{me: '{HASH}'}}\n"
    (folder / "web.yml").write_text(web)
    (folder / "word").write_text(f"{WORD}\n")
    (folder / "prometheus.yml").write_text("scrape_configs: [{job_name: till, static_configs: [{targets: ['till:80']}]}]\n")
    port = servers.free_port()
    url = f"https://127.0.0.1:{port}/metrics-server"
    command = [programs[0], "--config.file=prometheus.yml", f"--storage.tsdb.path={folder / 'data'}",
               f"--web.listen-address=127.0.0.1:{port}", "--web.config.file=web.yml",
               f"--web.external-url={url}"]  # fmt: skip

    def is_ready() -> bool:
        server = Server(url, user="me", password=WORD, ca=str(folder / "cert.pem"), retries=0)
        try:
            with Client(server) as client:
                return client.send("GET", "/-/ready").status == 200
        except RemoteError:
            return False

    with servers.running(command, is_ready, folder):
        yield url, folder


def test_with_everything_it_answers(guarded: tuple[str, Path], promtrim: Run) -> None:
    url, folder = guarded
    env = {
        "PROMTRIM_PROMETHEUS_USER": "me",
        "PROMTRIM_PROMETHEUS_PASSWORD_FILE": str(folder / "word"),
        "PROMTRIM_PROMETHEUS_CA_FILE": str(folder / "cert.pem"),
    }
    run = promtrim("topology", "detect", "--prometheus", url, env=env)
    assert run.returncode == 0, run.stderr
    assert f"# {url}/api/v1/status/config:".encode() in run.stdout
    assert b"till:" in run.stdout


def test_the_password_may_stand_in_the_address_and_is_shown_nowhere(guarded: tuple[str, Path], promtrim: Run) -> None:
    url, folder = guarded
    env = {"PROMTRIM_PROMETHEUS_CA_FILE": str(folder / "cert.pem")}
    address = url.replace("://", "://me:open%20sesame@")
    for command in ("detect", "show"):
        run = promtrim("topology", command, "--prometheus", address, env=env)
        assert run.returncode == 0, run.stderr
        assert b"sesame" not in run.stdout + run.stderr
        assert b"me:" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({}, "its certificate is not trusted"),
        ({"CA": "yes"}, "it answers 401"),
        ({"CA": "yes", "PROMTRIM_PROMETHEUS_USER": "me", "PROMTRIM_PROMETHEUS_PASSWORD": "open barley"}, "it answers 401"),
        ({"CA": "yes", "PROMTRIM_PROMETHEUS_TOKEN": "barley"}, "it answers 401"),
        ({"CA": "yes", "PROMTRIM_PROMETHEUS_TOKEN_FILE": "/no/such/file"}, "/no/such/file: cannot be read"),
    ],
)
def test_without_it_says_what_to_do(guarded: tuple[str, Path], promtrim: Run, env: dict[str, str], says: str) -> None:
    url, folder = guarded
    given = dict(env)
    if given.pop("CA", None):
        given["PROMTRIM_PROMETHEUS_CA_FILE"] = str(folder / "cert.pem")
    run = promtrim("topology", "detect", "--prometheus", url, env=given)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.count(b"\n") == 1
    assert says in run.stderr.decode()
    assert b"barley" not in run.stderr
