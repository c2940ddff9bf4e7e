"""Several deployments in one folder: which one is taken, and that the others are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim.stack.sources import Sources, find_sources

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: till}
spec: {template: {spec: {containers: [{name: till, image: 'shop/till:1'}]}}}
"""
IN_CLUSTER = "scrape_configs: [{job_name: pods, kubernetes_sd_configs: [{role: pod}]}]\n"
STATIC = "scrape_configs: [{job_name: till, static_configs: [{targets: ['till:80']}]}]\n"
WATCHED = """services:
  till: {image: 'shop/till:1'}
  prometheus: {image: 'prom/prometheus:v2.53.0', volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml']}
"""
UNWATCHED = "services: {till: {image: 'shop/till:1'}}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, files: dict[str, str]) -> Sources:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return find_sources(str(folder))


def overlays(*names: str) -> dict[str, str]:
    base = {"k8s/base/kustomization.yaml": "resources: [till.yaml]\n", "k8s/base/till.yaml": DEPLOYMENT}
    up = {name: "../" * (name.count("/") + 1) for name in names}
    return base | {f"k8s/{name}/kustomization.yaml": f"resources: [{up[name]}base]\n" for name in names}


def told(found: Sources) -> dict[str, str]:
    return {problem.file: problem.text for problem in found.problems}


def below(folder: Path, paths: list[str]) -> list[str]:
    return [str(Path(path).relative_to(folder)) for path in paths]


@pytest.mark.parametrize("name", ["production", "prod", "eu-prod", "live", "prod/till"])
def test_of_overlays_on_one_base_production(repository: Path, name: str) -> None:
    found = write(repository, overlays("staging", name, "dev"))
    assert below(repository, found.kubernetes) == [f"k8s/{name}"]
    assert set(below(repository, list(told(found)))) == {"k8s/staging", "k8s/dev"}
    assert all("name it with --kubernetes to read it instead" in text for text in told(found).values())


@pytest.mark.parametrize("names", [("blue", "green"), ("prod-eu", "prod-us"), ("reproduction", "delivery")])
def test_overlays_that_nothing_tells_apart_are_all_read(repository: Path, names: tuple[str, ...]) -> None:
    found = write(repository, overlays(*names))
    assert found.kubernetes == [str(repository)]
    assert found.problems == []


def test_what_stands_on_another_base_and_lies_beside_is_read_too(repository: Path) -> None:
    more = {"k8s/cash/kustomization.yaml": "resources: [cash.yaml]\n", "k8s/cash/cash.yaml": DEPLOYMENT, "plain.yaml": DEPLOYMENT}
    found = write(repository, overlays("staging", "production") | more)
    assert set(below(repository, found.kubernetes)) == {"k8s/cash", "k8s/production", "plain.yaml"}


def test_a_prometheus_that_discovers_in_a_cluster_means_the_manifests(repository: Path) -> None:
    found = write(repository, overlays("only") | {"compose.yml": WATCHED, "prometheus.yml": IN_CLUSTER})
    assert found.compose == []
    assert found.kubernetes == [str(repository)]
    assert "so that the manifests were taken" in told(found)[str(repository / "compose.yml")]


def test_a_prometheus_of_compose_that_sees_no_cluster_means_compose(repository: Path) -> None:
    found = write(repository, overlays("only") | {"compose.yml": WATCHED, "prometheus.yml": STATIC})
    assert found.kubernetes == []
    assert len(found.compose) == 1
    assert "so that the manifests were left out" in told(found)[str(repository)]


@pytest.mark.parametrize(
    "more",
    [
        {"compose.yml": UNWATCHED},
        {"compose.yml": WATCHED, "monitor.yaml": "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: m}\n"},
        {"compose.yml": WATCHED, "server.yaml": DEPLOYMENT.replace("shop/till:1", "quay.io/prometheus/prometheus:v3.0.0")},
    ],
)
def test_where_either_may_be_watched_both_are_read(repository: Path, more: dict[str, str]) -> None:
    found = write(repository, overlays("only") | {"prometheus.yml": STATIC} | more)
    assert (len(found.compose), found.kubernetes) == (1, [str(repository)])
    assert any(problem.code == "several-deployments" for problem in found.problems)


def test_of_compose_projects_with_the_same_services_the_watched_one(repository: Path) -> None:
    files = {
        "a/compose.yml": WATCHED, "a/prometheus.yml": STATIC, "b/compose.yml": UNWATCHED,
        "c/compose.yml": "services: {cash: {image: 'redis:7'}}\n",
    }  # fmt: skip
    found = write(repository, files)
    assert [below(repository, project) for project in found.compose] == [["a/compose.yml"], ["c/compose.yml"]]
    assert "since Prometheus runs there" in told(found)[str(repository / "b/compose.yml")]


def test_projects_that_each_have_a_prometheus_are_all_read(repository: Path) -> None:
    files = {"a/compose.yml": WATCHED, "a/prometheus.yml": STATIC, "b/compose.yml": WATCHED, "b/prometheus.yml": STATIC}
    assert len(write(repository, files).compose) == 2


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        ({"compose.yml": UNWATCHED, "compose.prod.yml": WATCHED}, "compose.yml"),
        ({"compose.dev.yml": UNWATCHED, "compose.prod.yml": UNWATCHED}, "compose.prod.yml"),
        ({"compose.dev.yml": WATCHED, "compose.prod.yml": WATCHED}, "compose.prod.yml"),
        ({"compose.dev.yml": WATCHED, "compose.prod.yml": UNWATCHED}, "compose.dev.yml"),
        ({"compose.dev.yml": UNWATCHED, "compose.test.yml": UNWATCHED}, None),
    ],
)
def test_of_compose_files_in_one_folder(repository: Path, files: dict[str, str], taken: str | None) -> None:
    found = write(repository, files)
    assert [below(repository, project) for project in found.compose] == ([[taken]] if taken else [])
    left = {Path(path).name: text for path, text in told(found).items()}
    assert set(left) == set(files) - {taken}
    assert all((f"{taken} was taken" in text) is (taken is not None) for text in left.values())


def test_what_is_named_counts_instead(repository: Path) -> None:
    write(repository, overlays("staging", "production") | {"compose.yml": WATCHED, "prometheus.yml": IN_CLUSTER})
    staging = str(repository / "k8s" / "staging")
    found = find_sources(str(repository), Sources(kubernetes=[staging], closed=True))
    assert (found.kubernetes, found.compose, found.closed) == ([staging], [], True)
    assert below(repository, found.prometheus_config) == ["prometheus.yml"]
    found = find_sources(str(repository), Sources(prometheus_config=["mine.yml"]))
    assert found.prometheus_config == ["mine.yml"]
    assert below(repository, found.kubernetes) == ["k8s/production"]
