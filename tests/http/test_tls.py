"""Certificates: an authority of one's own, and a client's."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from promtrim.errors import RemoteError
from promtrim.http import Client, Server
from tests.http.odd import Odd, reply, running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    both.write_text(cert.read_text() + key.read_text())
    return both


@pytest.fixture
def secure(certificate: Path) -> Iterator[Odd]:
    server = Odd()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server):
        yield server


def address(server: Odd) -> str:
    return server.url.replace("http:", "https:")


def test_a_certificate_is_verified(secure: Odd) -> None:
    with Client(Server(address(secure), token="t0ken")) as client, pytest.raises(RemoteError) as caught:
        client.get("/x")
    assert "its certificate is not trusted (self" in caught.value.message
    assert "--ca-file" in caught.value.message
    assert secure.asked == []


def test_an_authority_of_one_s_own(secure: Odd, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")  # what is given counts more
    with Client(Server(address(secure), ca=str(certificate))) as client:
        assert client.get("/x") == {}
    elsewhere = Server(address(secure).replace("127.0.0.1", "localhost"), ca=str(certificate))
    with Client(elsewhere) as client, pytest.raises(RemoteError, match=r"not trusted .*localhost"):
        client.get("/x")


def test_plain_http_to_a_tls_port(secure: Odd) -> None:
    with Client(Server(secure.url, retries=0)) as client, pytest.raises(RemoteError, match=r"https://|no HTTP"):
        client.get("/x")


def test_a_client_s_certificate(certificate: Path) -> None:
    server = Odd()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server):
        with Client(Server(address(server), ca=str(certificate), cert=str(certificate))) as client:
            assert client.get("/x") == {}
        with Client(Server(address(server), ca=str(certificate), retries=0)) as client, pytest.raises(RemoteError):
            client.get("/x")


def test_from_tls_to_none_is_not_followed(secure: Odd, certificate: Path) -> None:
    secure.answer = lambda handler: reply(handler, status=302, Location=f"{secure.url}/x")
    server = Server(address(secure), ca=str(certificate))
    with Client(server) as client, pytest.raises(RemoteError, match="without TLS"):
        client.get("/x")
