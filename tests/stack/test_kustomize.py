"""Kustomizations are built as kustomize builds them, and what keeps kustomize from it is named."""

import shutil
import subprocess

import pytest
import yaml

from promtrim.errors import InputError
from promtrim.stack.kustomize import build
from promtrim.stack.kustomize.build import not_deployed
from promtrim.stack.kustomize.patch import PatchError, json_patch, strategic_merge
from promtrim.yamltext.located import read_one


@pytest.fixture
def tickets(fixtures):
    return fixtures / "kubernetes" / "tickets"


def by_name(result):
    return {(each.kind, each.name): each for each in result.resources}


@pytest.mark.parametrize("overlay", ["base", "live", "lab"])
def test_the_same_as_kubectl_kustomize(tickets, overlay):
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    run = subprocess.run([kubectl, "kustomize", tickets / overlay], capture_output=True, text=True, timeout=60)
    if run.returncode:
        pytest.skip(f"this kubectl is too old for the fixture: {run.stderr[:200]}")
    theirs = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(run.stdout)}
    ours = {key: each.data for key, each in by_name(build(str(tickets / overlay))).items()}
    assert ours == theirs


@pytest.mark.parametrize("overlay", ["base", "staging", "production"])
def test_the_same_as_kubectl_kustomize_on_a_real_stack(shared, tmp_path, overlay):
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    shutil.copytree(shared / "checkin" / "kubernetes", tmp_path / "k")
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: app-secrets}\n"
    (tmp_path / "k" / "base" / "secrets.yaml").write_text(secret)  # kubectl builds nothing without it
    run = subprocess.run([kubectl, "kustomize", tmp_path / "k" / overlay], capture_output=True, text=True, timeout=60)
    if run.returncode:
        pytest.skip(f"this kubectl is too old for it: {run.stderr[:200]}")
    theirs = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(run.stdout)}
    assert {key: each.data for key, each in by_name(build(str(tmp_path / "k" / overlay))).items()} == theirs


def test_values_know_the_file_that_they_come_from(tickets):
    found = by_name(build(str(tickets / "live")))
    api, web, cache = (found[kind, f"live-{name}-a"] for kind, name in
                       (("Deployment", "api"), ("Deployment", "web"), ("StatefulSet", "cache")))  # fmt: skip
    live = tickets / "live" / "kustomization.yaml"
    lines = live.read_text().splitlines()
    replicas = api.spec.at("replicas")
    assert (api.spec["replicas"], replicas.file) == (3, str(live))
    assert lines[replicas.line - 1].strip() == "value: 3"
    assert (web.spec["replicas"], lines[web.spec.at("replicas").line - 1].strip()) == (2, "- {name: web, count: 2}")
    assert cache.spec.at("replicas").file == str(tickets / "base" / "cache.yaml")


def test_references_follow_the_names(tickets):
    found = by_name(build(str(tickets / "live")))
    assert found["HorizontalPodAutoscaler", "live-web-a"].spec["scaleTargetRef"]["name"] == "live-web-a"
    environment = found["Deployment", "live-api-a"].spec["template"]["spec"]["containers"][0]["env"]
    assert environment[0]["valueFrom"]["configMapKeyRef"]["name"] == "live-settings-a"


def test_what_is_missing_is_named_and_the_rest_is_built(tickets):
    result = build(str(tickets / "broken"))
    assert ("Deployment", "api") in by_name(result)
    told = {(each.code, each.line): each.text for each in result.problems}
    lines = (tickets / "broken" / "kustomization.yaml").read_text().splitlines()

    def line(text):
        return next(number for number, each in enumerate(lines, 1) if text in each)

    assert "secrets.yaml does not exist" in told["kustomize-missing", line("secrets.yaml")]
    assert "not on this machine" in told["kustomize-remote", line("https://")]
    assert "includes itself" in told["kustomize-circle", line("../broken")]
    assert "../nowhere" in told["kustomize-missing", line("../nowhere")]
    assert "HorizontalPodAutoscaler api, and there is none" in told["kustomize-no-target", line("HorizontalPodAuto")]
    assert "does not fit Deployment tickets/api" in told["kustomize-patch", line("{kind: Deployment, name: api}")]
    assert "missing.yaml does not exist" in told["kustomize-missing", line("missing.yaml")]
    assert "no such workload" in told["kustomize-no-target", line("nobody")]
    assert "Helm" in told["kustomize-skipped", line("helmCharts")]
    assert len(told) == len(result.problems) == 9


def test_a_file_that_no_kustomization_names_is_not_deployed(tickets):
    result = build(str(tickets / "live"))
    assert not any(each.first_name == "database" for each in result.resources)
    ((path, resources),) = not_deployed(result)
    assert path.endswith("base/old-database.yaml")
    assert [each.name for each in resources] == ["database"]


def test_a_folder_without_a_kustomization_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"kustomization\.yaml"):
        build(str(tmp_path))
    (tmp_path / "kustomization.yaml").write_text("- a\n")
    with pytest.raises(InputError, match="one mapping"):
        build(str(tmp_path))


def test_secrets_are_known_by_name_only(tmp_path):
    (tmp_path / "kustomization.yaml").write_text("secretGenerator:\n- {name: s, literals: [password=hunter2]}\n")
    (secret,) = build(str(tmp_path)).resources
    assert (secret.kind, secret.name, secret.data["data"]) == ("Secret", "s", {"password": ""})


BASE = "a: 1\nm: {x: 1, y: 2}\nports: [{containerPort: 80, name: a}, {containerPort: 81}]\nargs: [a, b]\n"


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ("a: 2", {"a": 2}),
        ("a: null", {"a": None}),
        ("m: {y: null, z: 3}", {"m": {"x": 1, "z": 3}}),
        ("m: {$patch: replace, z: 3}", {"m": {"z": 3}}),
        ("m: {$patch: delete}", {"m": None}),
        ("args: [c]", {"args": ["c"]}),
        ("ports: [{containerPort: 81, name: b}]",
         {"ports": [{"containerPort": 81, "name": "b"}, {"containerPort": 80, "name": "a"}]}),
        ("ports: [{containerPort: 80, $patch: delete}]", {"ports": [{"containerPort": 81}]}),
        ("ports: [{$patch: replace}, {containerPort: 9}]", {"ports": [{"containerPort": 9}]}),
    ],
)  # fmt: skip
def test_strategic_merge(patch, expected):
    base = read_one(BASE, "base")
    whole = dict(base)
    strategic_merge(base, read_one(patch, "patch"))
    assert base == {key: each for key, each in {**whole, **expected}.items() if each is not None}


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ("[{op: add, path: /b, value: 2}]", {"b": 2}),
        ("[{op: replace, path: /m/x, value: 9}]", {"m": {"x": 9, "y": 2}}),
        ("[{op: remove, path: /m/x}]", {"m": {"y": 2}}),
        ("[{op: add, path: /args/1, value: z}]", {"args": ["a", "z", "b"]}),
        ("[{op: add, path: /args/-, value: z}]", {"args": ["a", "b", "z"]}),
        ("[{op: remove, path: /args/0}]", {"args": ["b"]}),
        ("[{op: move, from: /a, path: /m/a~1b}]", {"a": None, "m": {"x": 1, "y": 2, "a/b": 1}}),
        ("[{op: copy, from: /args/0, path: /m/t~0}]", {"m": {"x": 1, "y": 2, "t~": "a"}}),
        ("[{op: test, path: /a, value: 1}]", {}),
    ],
)
def test_json_patch(operations, expected):
    base = read_one(BASE, "base")
    whole = dict(base)
    json_patch(base, read_one(operations, "patch"))
    assert base == {key: each for key, each in {**whole, **expected}.items() if each is not None}


@pytest.mark.parametrize(
    "operations",
    ["[{op: replace, path: /none, value: 1}]", "[{op: remove, path: /args/7}]", "[{op: add, path: /x/y, value: 1}]",
     "[{op: test, path: /a, value: 2}]", "[{op: jump, path: /a}]", "[{op: add, path: a, value: 1}]", "[1]",
     "[{op: copy, path: /b}]", "[{op: add, path: /args/9, value: 1}]"],
)  # fmt: skip
def test_json_patches_that_do_not_fit(operations):
    with pytest.raises(PatchError):
        json_patch(read_one(BASE, "base"), read_one(operations, "patch"))
