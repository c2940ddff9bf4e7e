"""The GitHub Action, step by step, on a clone as actions/checkout leaves it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.conftest import PROJECT, TOKEN, Hub, PullRequest, Runner, at
from tests.review.conftest import rules

GOOD = rules("ShopGone: up{job=\"shop\"} == 0 | labels: {severity: critical}")
BAD = rules(
    "ShopGone: up{job=\"shop\"} == 0 | labels: {severity: critical}",
    "Never: up{job=\"shop\"} == 2 | labels: {severity: critical}",
)


@pytest.fixture
def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text())
    return loaded


def changed(it: PullRequest, before: str, after: str) -> None:
    it.origin.commit("before", rules__shop=before)
    it.origin.git("checkout", "-q", "-b", "change")
    it.origin.commit("after", rules__shop=after)
    it.origin.git("checkout", "-q", "main")


def commands(text: str) -> list[str]:
    """The workflow commands that a runner obeys in a log (actions/runner, ActionCommandManager and ActionCommand)."""
    found, stopped = [], None
    for line in text.splitlines():
        stripped = line.lstrip()
        if stopped is not None:
            if stripped == f"::{stopped}::":
                stopped = None
            continue
        if stripped.startswith("::stop-commands::"):
            stopped = stripped.removeprefix("::stop-commands::")
        elif (stripped.startswith("::") and "::" in stripped[2:]) or "##[" in line:
            found.append(stripped)
    return found


def test_inputs_reach_scripts_in_variables_only(action: dict[str, Any]) -> None:
    scripts = [step["run"] for step in action["runs"]["steps"] if "run" in step]
    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_every_input_is_used_and_every_variable_is_one(action: dict[str, Any]) -> None:
    text = (PROJECT / "action.yml").read_text()
    used = set(re.findall(r"inputs\.([a-z-]+)", text))
    assert used == set(action["inputs"])
    shell = "".join(path.read_text() for path in (PROJECT / "ci").glob("*.sh"))
    given = {name for step in action["runs"]["steps"] for name in step.get("env", {}) if name.startswith("INPUT_")}
    assert given == set(re.findall(r"\bINPUT_[A-Z_]+", shell))


def test_a_finding_fails_the_job_and_is_shown(pull_request: PullRequest) -> None:
    changed(pull_request, GOOD, BAD)
    runner = pull_request.runner()
    step = runner.step("diff.sh")
    assert step.returncode == 0, step.stdout + step.stderr
    assert runner.outputs["status"] == "1"
    (annotation,) = commands(step.stdout)
    assert annotation.startswith("::error file=rules/shop.yml,line=7,")
    assert "can fire nowhere" in annotation
    assert runner.summary.startswith("<!-- promtrim:diff -->\n")
    assert "`Never`" in runner.summary
    sarif = json.loads(Path(runner.outputs["sarif-file"]).read_text())
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["cannot-fire"]
    verdict = subprocess.run(["bash", "-c", 'exit "${STATUS:-2}"'], env={"STATUS": runner.outputs["status"]}, check=False)
    assert verdict.returncode == 1


@pytest.mark.parametrize("depth", [1, 2, 50])
def test_the_base_is_what_was_merged_into(pull_request: PullRequest, depth: int) -> None:
    """Commits on the target after the event are no part of the change."""
    changed(pull_request, GOOD, BAD)
    event = pull_request.event()
    pull_request.origin.commit("meanwhile", rules__other=rules("Other: up{job=\"other\"} == 0", group="o"))
    runner = Runner(pull_request.folder, pull_request.clone(depth), event)
    assert runner.step("diff.sh").returncode == 0
    review = json.loads(Path(runner.outputs["json-file"]).read_text())
    assert [change["after"]["alert"] for change in review["changes"]] == ["Never"]


def test_nothing_wrong(pull_request: PullRequest, hub: Hub) -> None:
    changed(pull_request, GOOD, GOOD + "# a remark\n")
    runner = pull_request.runner()
    step = runner.step("diff.sh", INPUT_PATHS="  rules\n\n", INPUT_FAIL_ON="cannot-fire,defect", INPUT_TITLE="Shop")
    assert step.returncode == 0, step.stdout + step.stderr
    assert runner.outputs["status"] == "0"
    assert runner.summary.startswith("<!-- promtrim:diff:shop -->\n### promtrim: Shop\n")


def _commented(runner: Runner, hub: Hub, **variables: str) -> subprocess.CompletedProcess[str]:
    assert runner.step("diff.sh").returncode == 0
    outputs = runner.outputs
    return runner.step(
        "comment.sh", MARKDOWN_FILE=outputs["markdown-file"], JSON_FILE=outputs["json-file"], **at(hub), **variables
    )


def test_one_comment_for_all_runs(pull_request: PullRequest, hub: Hub) -> None:
    changed(pull_request, GOOD, BAD)
    runner = pull_request.runner()
    hub.add("<!-- promtrim:diff -->\nforged by a person", login="mallory")
    for number in range(150):
        hub.add(f"comment {number}", login="somebody")
    for _ in range(2):
        done = _commented(runner, hub)
        assert done.returncode == 0, done.stdout + done.stderr
        assert TOKEN not in done.stdout + done.stderr
    ours = [each for each in hub.comments if each["user"]["login"] == "github-actions[bot]"]
    assert len(ours) == 1
    assert "`Never`" in ours[0]["body"]
    assert hub.comments[0]["body"].endswith("forged by a person")
    assert [call.split()[0] for call in hub.calls] == ["GET", "GET", "POST", "GET", "GET", "PATCH"]


def test_a_forks_token_cannot_write_and_nothing_fails(pull_request: PullRequest, hub: Hub) -> None:
    changed(pull_request, GOOD, BAD)
    runner = pull_request.runner()
    hub.may_write = False
    done = _commented(runner, hub)
    assert done.returncode == 0
    assert "see the job's summary" in done.stdout
    assert hub.comments == []
    assert "`Never`" in runner.summary


def test_nothing_to_tell_makes_no_comment(pull_request: PullRequest, hub: Hub) -> None:
    pull_request.origin.commit("before", rules__shop=GOOD)
    pull_request.origin.git("checkout", "-q", "-b", "change")
    pull_request.origin.write("README.md", "hello")
    pull_request.origin.commit("after")
    pull_request.origin.git("checkout", "-q", "main")
    done = _commented(pull_request.runner(), hub)
    assert done.returncode == 0, done.stdout + done.stderr
    assert hub.comments == []


def test_an_api_that_fails_is_an_error(pull_request: PullRequest, hub: Hub) -> None:
    changed(pull_request, GOOD, BAD)
    runner = pull_request.runner()
    hub.shutdown()
    hub.server_close()
    done = _commented(runner, hub)
    assert done.returncode != 0
    assert TOKEN not in done.stdout + done.stderr


def test_it_refuses_pull_request_target(pull_request: PullRequest) -> None:
    changed(pull_request, GOOD, BAD)
    step = pull_request.runner(name="pull_request_target").step("diff.sh")
    assert step.returncode == 2
    assert "use pull_request" in step.stdout


@pytest.mark.parametrize("sha", ["--upload-pack=touch pwned", "$(touch pwned)", "main", "0" * 40, ""])
def test_an_event_that_names_no_commit(pull_request: PullRequest, sha: str) -> None:
    changed(pull_request, GOOD, BAD)
    event = pull_request.event()
    event["pull_request"]["base"]["sha"] = sha
    event["pull_request"]["head"]["sha"] = sha
    runner = Runner(pull_request.folder, pull_request.clone(), event)
    step = runner.step("diff.sh")
    assert step.returncode == 2
    assert "give base:" in step.stdout
    assert not (runner.workspace / "pwned").exists()


def test_names_run_nothing_and_forge_nothing(pull_request: PullRequest, hub: Hub) -> None:
    """What a pull request can choose: names of alerts, labels, groups and files."""
    evil = [
        "$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "::error::forged", "::stop-commands::x",
        "x\n::error::forged", "x%0A::error::forged", "##[error]forged", "::set-output name=status::0",
    ]  # fmt: skip
    entries = [
        {"alert": name, "expr": f"up{{job=\"x{number}\"}} == 2", "labels": {"severity": name, f"l{number}": name}}
        for number, name in enumerate(evil)
    ]
    text = json.dumps({"groups": [{"name": name, "rules": [entry]} for name, entry in zip(evil, entries, strict=True)]})
    pull_request.origin.commit("before", rules__shop=GOOD)
    pull_request.origin.git("checkout", "-q", "-b", "change")
    for name in ("::error::forged.yml", "$(touch pwned).yml", "--fail-on=none.yml", "a\n::error::x.yml", "rules/##[error]x.yml"):
        pull_request.origin.write(name, text)
    pull_request.origin.commit("after")
    pull_request.origin.git("checkout", "-q", "main")
    runner = pull_request.runner()
    step = runner.step("diff.sh")
    assert step.returncode == 0, step.stdout + step.stderr
    found = commands(step.stdout + step.stderr)
    assert len(found) >= 10
    ours = re.compile(r"::(error|warning|notice) (file=[^,:]+,(line=\d+,)?(col=\d+,)?(endColumn=\d+,)?)?title=[^,:]*::(?!error)")
    assert [line for line in found if not ours.match(line)] == []
    assert not [line for line in found if "##[" in line]
    assert not list(pull_request.folder.rglob("pwned"))
    assert runner.outputs["status"] == "1"
    done = runner.step(
        "comment.sh", MARKDOWN_FILE=runner.outputs["markdown-file"], JSON_FILE=runner.outputs["json-file"], **at(hub)
    )
    assert done.returncode == 0
    assert commands(done.stdout) == []
    assert not list(pull_request.folder.rglob("pwned"))
