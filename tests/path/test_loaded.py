"""Which rule files Prometheus loads. What is not certain keeps the rules alive."""

from __future__ import annotations

import pytest

from tests.path.conftest import COMPOSE, CONFIG, Follow, Followed

MOUNT = ', "./rules.yml:/etc/prometheus/rules.yml"'


def rule(followed: Followed) -> tuple[str, str | None]:
    return followed.link("Gone", "rule").mark, followed.rule("Gone").judged.cause


def test_mounted_and_named(stack: Follow) -> None:
    assert rule(stack()) == ("ok", None)


def test_mounted_by_nobody(stack: Follow) -> None:
    followed = stack(compose=COMPOSE.replace(MOUNT, ""))
    assert rule(followed) == ("broken", "not-loaded")
    assert "no volume of prometheus" in followed.link("Gone", "rule").text
    assert followed.texts("not-loaded")


def test_mounted_where_no_pattern_looks(stack: Follow) -> None:
    followed = stack(compose=COMPOSE.replace("/etc/prometheus/rules.yml", "/etc/prometheus/alerts/rules.yml"))
    assert rule(followed) == ("broken", "not-loaded")
    assert "as /etc/prometheus/alerts/rules.yml" in followed.link("Gone", "rule").text


@pytest.mark.parametrize("pattern", ["*.yml", "/etc/prometheus/*.yml", "./rules.yml", "/etc/*/r?les.yml"])
def test_patterns_that_find_it(stack: Follow, pattern: str) -> None:
    assert rule(stack(config=CONFIG.replace("[rules.yml]", f'["{pattern}"]'))) == ("ok", None)


def test_a_star_stops_at_slashes(stack: Follow) -> None:
    followed = stack(config=CONFIG.replace("[rules.yml]", '["/etc/*.yml"]'))
    assert rule(followed) == ("broken", "not-loaded")


def test_no_rule_files(stack: Follow) -> None:
    followed = stack(config=CONFIG.replace("rule_files: [rules.yml]", "rule_files: []"))
    assert rule(followed) == ("broken", "not-loaded")


def test_a_folder_that_is_mounted(stack: Follow) -> None:
    folder = COMPOSE.replace('"./prometheus.yml:/etc/prometheus/prometheus.yml"' + MOUNT, '"./:/etc/prometheus"')
    assert rule(stack(compose=folder)) == ("ok", None)


@pytest.mark.parametrize(
    "compose",
    [
        COMPOSE.replace(MOUNT, ', "./gone/rules.yml:/etc/prometheus/rules.yml"'),
        COMPOSE.replace(MOUNT, ', "rules:/etc/prometheus"'),
        COMPOSE.replace(MOUNT, ', "${RULES}:/etc/prometheus/rules.yml"'),
        COMPOSE.replace(MOUNT, "").replace("prom/prometheus:v2.53.0", "registry.example.com/prom-with-rules:1"),
    ],
    ids=["a file that is not here", "a volume", "a variable", "an image of their own"],
)
def test_doubts_keep_the_rule(stack: Follow, compose: str) -> None:
    assert rule(stack(compose=compose)) in {("open", None), ("ok", None)}


def test_a_copy_of_the_file_is_loaded(stack: Follow, tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.path.conftest import RULES

    compose = COMPOSE.replace("./rules.yml:", "./copy.yml:")
    assert rule(stack(compose=compose, copy__yml=RULES)) == ("ok", None)


def test_another_prometheus_with_the_same_configuration_may_load_it(stack: Follow) -> None:
    second = COMPOSE.replace(MOUNT, "") + COMPOSE[COMPOSE.index("  prometheus:") :].replace("prometheus:\n", "second:\n", 1)
    assert rule(stack(compose=second)) == ("ok", None)


def test_a_configuration_with_which_prometheus_does_not_start(stack: Follow) -> None:
    twice = CONFIG + '  - job_name: app\n    static_configs: [{targets: ["app:8001"]}]\n'
    followed = stack(config=twice)
    assert rule(followed) == ("broken", "not-loaded")
    assert followed.codes()[0] == "prometheus-cannot-start"


def test_a_configuration_that_is_no_yaml(stack: Follow) -> None:
    followed = stack(config="scrape_configs: [\n")
    assert rule(followed) == ("broken", "not-loaded")
    assert "does not start" in followed.texts("prometheus-cannot-start")[0]


VMALERT = """
  vmalert:
    image: victoriametrics/vmalert:v1.102.0
    command: [--rule=/etc/alerts/*.yml, --datasource.url=http://prometheus:9090]
    volumes: ["./rules.yml:/etc/alerts/rules.yml"]
"""


def test_another_evaluator_that_is_told_to_read_it(stack: Follow) -> None:
    assert rule(stack(compose=COMPOSE.replace(MOUNT, "") + VMALERT)) == ("ok", None)
    elsewhere = VMALERT.replace("--rule=/etc/alerts/*.yml", "--rule=/etc/other/*.yml")
    assert rule(stack(compose=COMPOSE.replace(MOUNT, "") + elsewhere)) == ("open", None)


def test_an_application_that_sees_the_repository_evaluates_nothing(stack: Follow) -> None:
    compose = COMPOSE.replace(MOUNT, "") + '  dev: {build: ., volumes: [".:/app"]}\n'
    assert rule(stack(compose=compose)) == ("broken", "not-loaded")


def test_docker_configs(stack: Follow) -> None:
    compose = COMPOSE.replace(MOUNT, "") + (
        "    configs: [{source: rules, target: /etc/prometheus/rules.yml}]\nconfigs: {rules: {file: ./rules.yml}}\n"
    )
    assert rule(stack(compose=compose)) == ("ok", None)
    assert rule(stack(compose=compose.replace("{file: ./rules.yml}", "{external: true}"))) == ("open", None)


def test_a_file_beside_the_one_that_is_named(stack: Follow) -> None:
    """Where nothing says how Prometheus runs, and ``rule_files`` names others of this folder."""
    config = CONFIG.replace("[rules.yml]", "[/etc/prometheus/main.yml]")
    compose = COMPOSE[: COMPOSE.index("  prometheus:")]
    assert rule(stack(config=config, compose=compose)) == ("open", None)
    followed = stack(config=config, compose=compose, main__yml="groups: []\n")
    assert rule(followed) == ("broken", "not-loaded")
