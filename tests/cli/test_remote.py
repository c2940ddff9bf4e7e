"""How a person says who they are: files and environment, never the command line."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from promtrim.cli import remote
from promtrim.errors import CallError, InputError
from promtrim.http import Server

URL = "http://h:3000"


@click.command()
@click.argument("url")
@remote.access("some-service")
def command(url: str, access: remote.Access) -> None:
    server = access.server(url)
    click.echo([server.url, server.token, server.user, server.password, server.headers, server.timeout])


def run(*arguments: str, env: dict[str, str] | None = None) -> str:
    done = CliRunner().invoke(command, [URL, *arguments], env=env or {}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output.strip()


def test_nothing_given_is_nothing_sent() -> None:
    assert run() == f"['{URL}', None, None, None, (), 10.0]"


def test_files(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"t0ken\r\n")
    (tmp_path / "headers").write_text("# tenant\nX-Scope-OrgID: team\n\nX-A:b: c\n")
    assert run("--token-file", str(tmp_path / "token"), "--header-file", str(tmp_path / "headers"), "--timeout", "2") == (
        f"['{URL}', 't0ken', None, None, (('X-Scope-OrgID', 'team'), ('X-A', 'b: c')), 2.0]"
    )
    (tmp_path / "password").write_text("pass word\n")
    assert run("--user", "me", "--password-file", str(tmp_path / "password")) == (
        f"['{URL}', None, 'me', 'pass word', (), 10.0]"
    )


def test_environment_and_what_counts_more(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file")
    env = {"PROMTRIM_SOME_SERVICE_TOKEN": "from-environment", "PROMTRIM_SOME_SERVICE_TIMEOUT": "3"}
    assert run(env=env) == f"['{URL}', 'from-environment', None, None, (), 3.0]"
    assert "from-file" in run("--token-file", str(tmp_path / "token"), env=env)
    assert "from-file" in run(env={**env, "PROMTRIM_SOME_SERVICE_TOKEN_FILE": str(tmp_path / "token")})
    user = {"PROMTRIM_SOME_SERVICE_USER": "me", "PROMTRIM_SOME_SERVICE_PASSWORD": "secret"}
    assert run(env=user) == f"['{URL}', None, 'me', 'secret', (), 10.0]"


def test_commands_without_options_take_the_environment_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    monkeypatch.setenv("PROMTRIM_PROMETHEUS_USER", "me")
    monkeypatch.setenv("PROMTRIM_PROMETHEUS_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("PROMTRIM_PROMETHEUS_TIMEOUT", "2.5")
    assert remote.from_environment("prometheus").server(URL) == Server(URL, user="me", password="secret", timeout=2.5)
    for wrong in ("soon", "-1", "nan", "inf"):
        monkeypatch.setenv("PROMTRIM_PROMETHEUS_TIMEOUT", wrong)
        with pytest.raises(CallError, match=r"PROMTRIM_PROMETHEUS_TIMEOUT is .*: write seconds"):
            remote.from_environment("prometheus")


@pytest.mark.parametrize(
    ("field", "content", "says"),
    [
        ("token_file", None, r"secret\.txt: cannot be read \(no such file or directory\), check the path"),
        ("token_file", b"x" * 70000, "larger than 64 KiB"),
        ("token_file", b"\xff\xfe", "no text in UTF-8"),
        ("header_file", b"A: b\nnot a header\n", r"secret\.txt:2:1: no header, write Name: value"),
        ("ca_file", b"not a certificate", "no certificate or key in PEM"),
        ("key_file", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "has a pass phrase"),
    ],
)
def test_files_that_are_none(tmp_path: Path, field: str, content: bytes | None, says: str) -> None:
    file = tmp_path / "secret.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        remote.Access("x", **{field: str(file)}).server(URL)
    assert "not a" not in caught.value.message


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMTRIM_X_TOKEN", "very-secret")
    access = remote.Access("x")
    assert "very-secret" not in f"{access!r} {access.server(URL)!r}"


def test_help_says_where_secrets_come_from() -> None:
    shown = CliRunner().invoke(command, ["--help"]).output
    for word in ("--token-file", "PROMTRIM_SOME_SERVICE_TOKEN", "PROMTRIM_SOME_SERVICE_PASSWORD_FILE", "--ca-file"):
        assert word in shown
