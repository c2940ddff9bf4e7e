"""git is asked and never lets a repository, a name or the environment run something or lead elsewhere."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from promtrim import api
from promtrim.errors import CallError, PromtrimError
from promtrim.review import git, tree
from tests.review.conftest import ENVIRONMENT, Repository, rules

UP = rules('Gone: up{job="x"} == 0')
NEVER = rules('Gone: up{job="x"} == 2')


@pytest.mark.parametrize(
    "revision",
    ["-x", "--upload-pack=touch pwned", "-c", "--output=pwned", "", "a..b", "HEAD:rules.yml", ":/fix", "a\nb", "main\x00"],
)
def test_what_is_no_revision_never_gets_to_git(repository: Repository, revision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit(rules=UP)

    def run(*_: object, **__: object) -> None:
        raise AssertionError("git was called")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(CallError):
        git.resolve(str(repository.folder), revision)


@pytest.mark.parametrize("word", ["-x", "--help", "--exec=touch pwned"])
def test_a_side_that_begins_with_a_dash(repository: Repository, word: str) -> None:
    repository.commit(rules=UP)
    repository.write(word + ".yml", UP)
    with pytest.raises(CallError, match="begins with a dash"):
        api.diff(word)
    with pytest.raises(CallError, match="begins with a dash"):
        api.diff("HEAD", word + ".yml")
    assert api.diff("HEAD", f"./{word}.yml").changes


def test_configuration_of_a_repository_starts_nothing(repository: Repository) -> None:
    """Whatever a clone's .git/config says: monitors, hooks, filters, pagers, external and textual diffs, aliases."""
    pwn = repository.folder / "pwn"
    pwn.write_text(f"#!/bin/sh\ntouch {repository.folder}/pwned\ncat\n")
    pwn.chmod(0o755)
    repository.write(".gitattributes", "*.yml diff=evil filter=evil\n")
    base = repository.commit(rules=UP)
    for key in (
        "core.fsmonitor", "core.pager", "pager.rev-parse", "pager.ls-tree", "diff.external", "diff.evil.textconv",
        "diff.evil.command", "filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "core.sshCommand",
        "core.gitProxy", "core.askPass", "credential.helper", "core.editor", "gpg.program", "core.alternateRefsCommand",
    ):  # fmt: skip
        repository.git("config", key, str(pwn))
    repository.git("config", "alias.ls-tree", f"!{pwn}")
    hooks = repository.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman", "pre-auto-gc"):
        (hooks / hook).write_text(pwn.read_text())
        (hooks / hook).chmod(0o755)
    repository.write("rules.yml", NEVER)
    review = api.diff(base)
    assert "cannot-fire" in {finding.id for finding in review.result.fails}
    assert not (repository.folder / "pwned").exists()


def test_variables_lead_git_nowhere_else(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit(rules=UP)
    other = Repository(tmp_path / "other")
    other.commit(rules=NEVER)
    pwn = tmp_path / "pwn"
    pwn.write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\n")
    pwn.chmod(0o755)
    for name, value in {
        "GIT_DIR": str(other.folder / ".git"), "GIT_WORK_TREE": str(other.folder), "GIT_EXTERNAL_DIFF": str(pwn),
        "GIT_INDEX_FILE": str(other.folder / ".git/index"), "GIT_PAGER": str(pwn), "GIT_SSH_COMMAND": str(pwn),
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": str(pwn),
        "GIT_OBJECT_DIRECTORY": str(other.folder / ".git/objects"), "GIT_EXEC_PATH": str(tmp_path),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    assert api.diff("HEAD").changes == ()
    assert not (tmp_path / "pwned").exists()


def _tree(repository: Repository, *entries: tuple[str, str, str]) -> str:
    """A tree with entries that git's own commands would refuse: written as an object, byte by byte."""
    data = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(blob) for mode, name, blob in entries)
    done = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
        cwd=repository.folder, env=ENVIRONMENT, input=data, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


def test_no_tree_writes_outside_its_folder(repository: Repository, tmp_path: Path) -> None:
    repository.commit(rules=UP)
    blob = repository.git("hash-object", "-w", "--stdin", stdin=NEVER.encode())
    there = repository.git("hash-object", "-w", "--stdin", stdin=b"../../stolen")
    inner = _tree(repository, ("100644", "evil.yml", blob))
    top = _tree(
        repository, ("40000", "..", inner), ("40000", ".git", inner), ("120000", "link", there), ("40000", "link", inner),
        ("100644", "fine.yml", blob),
    )  # fmt: skip
    commit = repository.git("commit-tree", "-m", "evil", top)
    into = tmp_path / "deep" / "folder"
    into.mkdir(parents=True)
    before = set(tmp_path.rglob("*")) - set(into.rglob("*"))
    tree.lay_out_commit(str(repository.folder), commit, str(into), 1 << 20)
    assert set(tmp_path.rglob("*")) - set(into.rglob("*")) == before
    assert (into / "fine.yml").read_text() == NEVER
    assert not (into / "link").is_symlink()
    assert list((into / ".git").iterdir()) == []


@pytest.mark.parametrize("path", ["../x", "a/../x", "/x", "a//b", ".git/config", "a/.GIT/x", "a\0b", "x" * 5000, ""])
def test_paths_that_lead_out(path: str) -> None:
    assert not tree.safe(path)


def test_links_do_not_lead_out_of_a_repository(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text(NEVER)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "more.yml").write_text(NEVER)
    base = repository.commit(rules__shop=UP)
    for name, target in {
        "rules/a.yml": "../../secret.yml", "rules/b.yml": str(tmp_path / "secret.yml"), "rules/c": "../../secrets",
        "rules/d.yml": "/etc/passwd", "rules/inside.yml": "shop.yml",
    }.items():  # fmt: skip
        (repository.folder / name).symlink_to(target)
    for again in range(2):
        review = api.diff(base) if again else api.diff(base, None)
        assert review.changes == (), [change.after for change in review.changes]
    for named in ("rules", "rules/*.yml", str(repository.folder / "rules" / "?.yml")):
        with pytest.raises(PromtrimError, match="outside the repository") as told:
            api.check([named])
        assert "Gone" not in str(told.value)
    head = repository.commit("links")
    assert api.diff(base, head).changes == ()
    os.symlink(tmp_path, repository.folder / "up")
    assert api.diff(base, paths=["up/secrets", "rules"]).changes == ()


@pytest.mark.parametrize("pattern", ["../../secret.yml", "../../*.yml", "{outside}/secret.yml", "../../secrets/*.yml", "/etc/pass*"])
def test_rule_files_do_not_lead_out_of_a_repository(repository: Repository, tmp_path: Path, pattern: str) -> None:
    (tmp_path / "secret.yml").write_text(NEVER)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "more.yml").write_text(NEVER)
    config = f"rule_files: [{pattern.format(outside=tmp_path)!r}, shop.yml]\nscrape_configs: []\n"
    base = repository.commit(ops__shop=UP, ops__prometheus="rule_files: [shop.yml]\nscrape_configs: []\n")
    repository.write("ops/prometheus.yml", config)
    for result in (
        lambda: api.diff(base, paths=["ops/prometheus.yml"]).after.rules,
        lambda: api.check(["ops/prometheus.yml"]).rules,
    ):
        names, told = 1, ""
        try:
            names = len(result())
        except PromtrimError as error:  # to refuse is as good, if the reason tells nothing of the file
            told = str(error)
        assert names == 1
        assert told == "" or ("outside the repository" in told and "Gone" not in told)


def test_a_folder_called_like_the_base_does_not_take_its_place(repository: Repository) -> None:
    """Else a pull request could choose what it is compared with."""
    base = repository.commit(rules=UP)
    repository.git("branch", "origin/main")
    for name in (base, "origin/main"):
        repository.write(f"{name}/rules.yml", NEVER)
    repository.write("rules.yml", NEVER)
    assert "cannot-fire" in {finding.id for finding in api.diff(base, paths=["rules.yml"]).result.fails}
    with pytest.raises(CallError, match="is a revision and a path"):
        api.diff("origin/main")
    assert api.diff("refs/heads/origin/main", paths=["rules.yml"]).result.fails


def test_a_shallow_clone_says_what_is_missing(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = repository.commit(rules=UP)
    repository.commit(rules=NEVER)
    clone = Repository(tmp_path / "clone")
    clone.git("fetch", "-q", "--depth=1", repository.folder.as_uri(), "main")
    clone.git("checkout", "-q", "FETCH_HEAD")
    monkeypatch.chdir(clone.folder)
    with pytest.raises(CallError, match="this clone is shallow"):
        api.diff(base)


def test_a_partial_clone_fetches_nothing(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = repository.commit(rules=UP)
    repository.commit(rules=NEVER)
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--filter=blob:none", repository.folder.as_uri(), clone], env=ENVIRONMENT, check=True
    )
    monkeypatch.chdir(clone)
    with pytest.raises(Exception, match="partial clone that lacks"):
        api.diff(base)


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Repository) -> None:
    repository.commit(rules=UP)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CallError, match="git is not installed"):
        api.diff("HEAD")


def test_without_a_repository_there_is_no_fence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Repository) -> None:
    """The machine's own files, as in /etc/prometheus, wherever the person stands."""
    for folder in ("etc", "opt"):
        (tmp_path / folder).mkdir()
    (tmp_path / "opt" / "shop.yml").write_text(UP)
    (tmp_path / "etc" / "prometheus.yml").write_text("rule_files: [../opt/*.yml]\nscrape_configs: []\n")
    assert len(api.check([str(tmp_path / "etc" / "prometheus.yml")]).rules) == 1
    (tmp_path / "promtrim.yml").write_text("level: relevant\n")
    (repository.folder / "single-node").mkdir()
    for topology in (None, "single-node"):
        named = [str(tmp_path / "etc" / "prometheus.yml"), str(tmp_path / "opt")]
        assert len(api.check(named, topology=topology).rules) == 1
