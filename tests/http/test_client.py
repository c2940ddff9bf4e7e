"""The HTTP client against a server of the tests' own that answers oddly."""

from __future__ import annotations

import base64
import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from promtrim.errors import CallError, RemoteError
from promtrim.http import Client, Server, masked, wait_for, waiting
from tests.http.odd import Answering, Odd, reply, running


@pytest.fixture
def odd() -> Iterator[Odd]:
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST_PAUSE", 0.01)
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def in_turn(*answers: Answering) -> Answering:
    left = list(answers)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


def failing(status: int, body: bytes = b"", **headers: str) -> Answering:
    return lambda handler: reply(handler, body, status, **headers)


def ok(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, b'{"data": [1, "2"]}')


def ask(server: Server, path: str = "/x") -> Any:
    with Client(server) as client:
        return client.get(path)


def test_the_path_of_the_address_is_kept_and_parameters_are_quoted(odd: Odd) -> None:
    odd.answer = ok
    with Client(Server(f"{odd.url}/prefix/")) as client:
        assert client.get("/api/v1/query", {"query": "a{b=~'c d'}", "match[]": ["x", "y"]}) == {"data": [1, "2"]}
    method, path, headers, _ = odd.asked[0]
    assert (method, path) == ("GET", "/prefix/api/v1/query?query=a%7Bb%3D~%27c+d%27%7D&match%5B%5D=x&match%5B%5D=y")
    assert headers["user-agent"].startswith("promtrim/")
    assert "authorization" not in headers


def test_a_token_is_sent_as_bearer_and_headers_as_given(odd: Odd) -> None:
    ask(Server(odd.url, token="t0ken", headers=(("X-Scope-OrgID", "team"),)))
    headers = odd.asked[0][2]
    assert (headers["authorization"], headers["x-scope-orgid"]) == ("Bearer t0ken", "team")


def test_user_and_password_come_from_fields_or_from_the_address(odd: Odd) -> None:
    ask(Server(odd.url, user="me", password="s:crêt"))
    server = Server(odd.url.replace("http://", "http://me:s%3Acr%C3%AAt@"))
    ask(server)
    assert server.url == odd.url
    wanted = "Basic " + base64.b64encode("me:s:crêt".encode()).decode()
    assert [each[2]["authorization"] for each in odd.asked] == [wanted, wanted]


def test_what_netrc_says_is_not_sent(odd: Odd, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    ask(Server(odd.url))
    assert "authorization" not in odd.asked[0][2]


def test_send_gives_status_body_and_headers(odd: Odd) -> None:
    odd.answer = failing(201, b'{"uid": "u"}', ETag="7")
    with Client(Server(odd.url)) as client:
        answer = client.send("POST", "/api/dashboards", json={"a": [1]})
        client.send("PUT", "/rules", text="groups: []\n", content_type="application/yaml")
    assert (answer.status, answer.body, answer.headers["etag"]) == (201, {"uid": "u"}, "7")
    assert [(each[0], each[2]["content-type"], each[3]) for each in odd.asked] == [
        ("POST", "application/json", b'{"a":[1]}'),
        ("PUT", "application/yaml", b"groups: []\n"),
    ]


def test_text_stays_text_and_nothing_is_none(odd: Odd) -> None:
    odd.answer = in_turn(failing(200, b"OK", kind="text/plain"), failing(204))
    with Client(Server(odd.url)) as client:
        assert client.send("GET", "/-/ready").body == "OK"
        assert client.send("DELETE", "/x").body is None


def test_an_accepted_status_is_an_answer(odd: Odd) -> None:
    odd.answer = failing(404, b'{"message": "not here"}')
    with Client(Server(odd.url)) as client:
        assert client.send("GET", "/x", accept=(404,)).status == 404
        with pytest.raises(RemoteError) as caught:
            client.send("GET", "/x")
    assert caught.value.status == 404
    assert str(caught.value) == f"{odd.url}/x: it answers 404 (not here), check the address and its path"
    assert len(odd.asked) == 2


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "it answers 401 (who are you), give a token, or a user and password, that it knows"),
        (403, "it answers 403 (who are you), these credentials may not do that"),
        (418, "it answers 418 (who are you), look at what was asked of it"),
    ],
)
def test_a_refusal_is_told_in_the_server_s_words_and_what_to_do(odd: Odd, status: int, says: str) -> None:
    odd.answer = failing(status, b'{"status": "error", "error": "who\\u001b[2J are\\nyou"}'.replace(b"\\u001b[2J", b""))
    with pytest.raises(RemoteError, match="it answers") as caught:
        ask(Server(odd.url))
    assert says in caught.value.message
    assert len(odd.asked) == 1


def test_words_of_a_server_are_bounded_and_keep_no_control_characters(odd: Odd) -> None:
    odd.answer = failing(400, b'{"error": "' + b"\\u001b[31mred\\u009b " * 200 + b'"}')
    with pytest.raises(RemoteError) as caught:
        ask(Server(odd.url))
    assert len(caught.value.message) < 300
    assert all(character.isprintable() for character in caught.value.message)


def test_secrets_are_shown_nowhere(odd: Odd) -> None:
    def echo(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, str(handler.headers).encode(), 400, "text/plain")

    odd.answer = echo
    for server in (
        Server(odd.url, token="very-secret-token"),
        Server(odd.url.replace("://", "://me:very-secret-word@")),
        Server(odd.url, headers=(("X-Api-Key", "very-secret-key"),)),
    ):
        assert "very-secret" not in f"{server!r} {server} {list(server.__rich_repr__())}"
        with pytest.raises(RemoteError) as caught:
            ask(server)
        assert "***" in caught.value.message
        assert "very-secret" not in f"{caught.value}"
        assert base64.b64encode(b"me:very-secret-word").decode() not in f"{caught.value}"
    assert masked("see http://a:b@c@host/x and https://u@h") == "see http://***@host/x and https://***@h"


def test_errors_of_the_server_are_asked_again(odd: Odd) -> None:
    odd.answer = in_turn(failing(503), failing(500), ok)
    assert ask(Server(odd.url)) == {"data": [1, "2"]}
    assert len(odd.asked) == 3


def test_repetitions_end_and_are_counted(odd: Odd) -> None:
    odd.answer = failing(503)
    with pytest.raises(RemoteError, match=r"503, it is not ready: try later \(asked 3 times\)"):
        ask(Server(odd.url, retries=2))
    assert len(odd.asked) == 3


def test_what_may_not_be_repeated_is_sent_once(odd: Odd) -> None:
    odd.answer = in_turn(failing(503), ok)
    with Client(Server(odd.url)) as client:
        with pytest.raises(RemoteError):
            client.send("POST", "/x", json=1)
        assert len(odd.asked) == 1
        odd.answer = in_turn(failing(503), ok)
        assert client.send("POST", "/x", json=1, repeatable=True).status == 200
    assert len(odd.asked) == 3


def test_501_is_not_asked_again(odd: Odd) -> None:
    odd.answer = failing(501)
    with pytest.raises(RemoteError):
        ask(Server(odd.url))
    assert len(odd.asked) == 1


def test_retry_after_is_heeded_within_bounds(odd: Odd) -> None:
    odd.answer = in_turn(failing(429, Retry_After="1"), ok)
    start = time.monotonic()
    ask(Server(odd.url))
    assert time.monotonic() - start >= 1
    for headers in ({"Retry_After": "3600"}, {}):
        odd.answer, before = failing(429, **headers), len(odd.asked)
        with pytest.raises(RemoteError, match="429, it is asked too much"):
            ask(Server(odd.url))
        assert len(odd.asked) == before + 1


def test_nobody_there(odd: Odd) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(RemoteError, match=r"nothing listens there .*asked 2 times") as caught:
        ask(Server(f"http://me:secret@127.0.0.1:{port}", retries=1))
    assert "secret" not in str(caught.value)
    with pytest.raises(RemoteError, match="no machine of this name is known"):
        ask(Server("http://no-such-host.invalid", retries=0))


def test_a_silent_server_and_one_that_drips(odd: Odd) -> None:
    over = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        over.wait(10)

    def dripping_body(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not over.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    def dripping_head(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not over.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    try:
        for answer, says in (
            (silent, "no answer within 0.3 seconds"),
            (dripping_body, "no whole answer within 0.6 seconds"),
            (dripping_head, "no whole answer within 0.6 seconds"),
        ):
            odd.answer, start = answer, time.monotonic()
            with pytest.raises(RemoteError, match=says):
                ask(Server(odd.url, timeout=0.3, whole=0.6, retries=0))
            assert time.monotonic() - start < 3
    finally:
        over.set()


def test_answers_are_bounded_in_bytes_packed_ones_too(odd: Odd) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"[" * 65536)
        except OSError:
            pass

    bomb = gzip.compress(b" " * (64 << 20))
    for answer in (endless, failing(200, b" " * 3000), failing(200, bomb, Content_Encoding="gzip")):
        odd.answer = answer
        with pytest.raises(RemoteError, match="more than 2000 bytes"):
            ask(Server(odd.url, max_bytes=2000))


def test_packed_answers_are_unpacked_and_others_refused(odd: Odd) -> None:
    odd.answer = failing(200, gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")
    assert ask(Server(odd.url)) == {"a": 1}
    odd.answer = failing(200, gzip.compress(b'{"a": 1}')[:-9], Content_Encoding="gzip")
    with pytest.raises(RemoteError, match="broke off"):
        ask(Server(odd.url, retries=0))
    odd.answer = failing(200, b"x", Content_Encoding="br")
    with pytest.raises(RemoteError, match="packed as 'br'"):
        ask(Server(odd.url))


def test_an_answer_that_breaks_off_is_asked_again(odd: Odd) -> None:
    def broken(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b'{"a"')
        handler.close_connection = True

    def hangs_up(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.close()

    def not_http(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"-ERR unknown command\r\n")
        handler.close_connection = True

    odd.answer = in_turn(broken, hangs_up, not_http, ok)
    assert ask(Server(odd.url)) == {"data": [1, "2"]}
    for answer in (broken, not_http):
        odd.answer = answer
        with pytest.raises(RemoteError, match="no HTTP"):
            ask(Server(odd.url, retries=0))


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"<html>log in", "text/html", "a web page"),
        (b"{'a': 1}", "application/json", "application/json that is no JSON"),
        (b"", "", "something that is no JSON"),
        (b"[" * 500_000, "application/json", "no JSON"),
        (b'{"a": "\xff"}', "application/json", "no JSON"),
    ],
)
def test_what_is_no_json(odd: Odd, body: bytes, kind: str, says: str) -> None:
    odd.answer = failing(200, body, kind=kind)
    with pytest.raises(RemoteError, match=says):
        ask(Server(odd.url))


def test_redirects_are_followed_on_the_same_server(odd: Odd) -> None:
    odd.answer = in_turn(failing(302, Location="/prefix/x?y=1"), ok)
    assert ask(Server(odd.url, token="t0ken")) == {"data": [1, "2"]}
    assert odd.asked[1][1] == "/prefix/x?y=1"
    assert odd.asked[1][2]["authorization"] == "Bearer t0ken"


def test_redirects_never_carry_credentials_elsewhere(odd: Odd) -> None:
    elsewhere = odd.url.replace("127.0.0.1", "localhost")
    odd.answer = in_turn(failing(302, Location=f"{elsewhere}/x"), ok)
    assert ask(Server(odd.url)) == {"data": [1, "2"]}
    odd.asked.clear()
    odd.answer = failing(307, Location=f"{elsewhere}/x")
    for server in (Server(odd.url, token="t0ken"), Server(odd.url, headers=(("X-Key", "k"),)), Server(odd.url, user="u")):
        with pytest.raises(RemoteError, match="credentials do not go to another server"):
            ask(server)
    assert len(odd.asked) == 3


def test_redirects_end_and_do_not_change_what_is_sent(odd: Odd) -> None:
    odd.answer = failing(302, Location="/again")
    with pytest.raises(RemoteError, match="redirects in a circle"):
        ask(Server(odd.url))
    with Client(Server(odd.url)) as client, pytest.raises(RemoteError, match=r"it redirects to .*give that address"):
        client.send("POST", "/x", json=1)
    odd.answer = failing(302, Location="file:///etc/passwd")
    with pytest.raises(RemoteError, match="which is no address"):
        ask(Server(odd.url))


def test_proxies_come_from_the_environment(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    odd.answer = ok
    monkeypatch.setenv("HTTP_PROXY", odd.url)
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert ask(Server("http://prometheus.invalid:9090")) == {"data": [1, "2"]}
    assert odd.asked[0][1] == "http://prometheus.invalid:9090/x"


@pytest.mark.parametrize("proxy", ["ftp://127.0.0.1:1", "http://127.0.0.1:port", "http://"])
def test_a_proxy_that_is_none(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(RemoteError, match=r"HTTP_PROXY|write http://host:port"):
        ask(Server("http://prometheus.invalid:9090", retries=0))


def test_a_proxy_that_is_not_there_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:1")
    with pytest.raises(RemoteError, match="gives no connection, set NO_PROXY") as caught:
        ask(Server("http://prometheus.invalid:9090", retries=0))
    assert "secret" not in str(caught.value)


def test_tls_where_there_is_none(odd: Odd) -> None:
    with pytest.raises(RemoteError, match=r"does not speak TLS on this port, write http://"):
        ask(Server(odd.url.replace("http:", "https:"), retries=0))


@pytest.mark.parametrize(
    "url", ["localhost:9090", "ftp://x", "http://", "http://h:port", "http://[::1", "http://h/x?y=1", "http://h\n/x", ""]
)
def test_what_is_no_address_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(CallError, match=r"no address|\? or #"):
        Server(url)


def test_wrong_addresses_do_not_show_their_password() -> None:
    for url in ("http://me:secret@h:port", "http://me:secret@h?x", "ftp://me:secret@h"):
        with pytest.raises(CallError) as caught:
            Server(url)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        {"token": "t", "user": "u"},
        {"password": "p"},
        {"token": "two words"},
        {"token": "t\n"},
        {"token": ""},
        {"key": "k"},
        {"headers": (("X", "a\r\nEvil: 1"),)},
        {"headers": (("X Y", "a"),)},
    ],
)
def test_what_does_not_fit_together_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(CallError):
        Server("http://h", **given)


def test_wait_for() -> None:
    seen: list[int] = []
    assert wait_for(lambda: (seen.append(1), len(seen) > 2)[1], 5, every=0.01)
    assert not wait_for(lambda: False, 0.05, every=0.01)
