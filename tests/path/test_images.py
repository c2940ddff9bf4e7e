"""Rule files in images that are built here: what a Dockerfile copies, and what lies outside of its context."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.path.conftest import COMPOSE, CONFIG, RULES, Follow

BUILT = COMPOSE[: COMPOSE.index("  prometheus:")] + "  prometheus: {build: ./monitoring, ports: ['9090:9090']}\n"


@pytest.fixture
def monitoring(tmp_path: Path) -> Path:
    folder = tmp_path / "monitoring"
    (folder / "rules").mkdir(parents=True)
    return folder


def loaded(stack: Follow, folder: Path, dockerfile: str | None, inside: str = "rules/rules.yml") -> tuple[str, str]:
    """The rules stand at ``inside`` of the context; the pattern looks for ``/etc/prometheus/rules/*.yml``."""
    from promtrim import api
    from promtrim.stack.sources import Sources

    stack(compose=BUILT, config=CONFIG.replace("[rules.yml]", "[/etc/prometheus/rules/*.yml]"))
    if dockerfile is not None:
        (folder / "Dockerfile").write_text(dockerfile)
    path = folder / inside
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RULES)
    root = folder.parent
    sources = Sources(compose=[[str(root / "docker-compose.yml")]], prometheus_config=[str(root / "prometheus.yml")])
    _, ways = api.follow([str(path)], sources=sources)
    link = next(each for each in ways.ways[0].links if each.name == "rule")
    return link.mark, link.text


FROM = "FROM prom/prometheus:v2.53.0\n"


@pytest.mark.parametrize(
    "dockerfile",
    [
        FROM + "COPY rules /etc/prometheus/rules\n",
        FROM + "COPY rules/ /etc/prometheus/rules/\n",
        FROM + "WORKDIR /etc/prometheus\nCOPY ./rules ./rules\n",
        FROM + "COPY rules/*.yml /etc/prometheus/rules/\n",
        FROM + "ADD rules/rules.yml /etc/prometheus/rules/other.yml\n",
        FROM + 'COPY ["rules", "/etc/prometheus/rules"]\n',
        FROM + "# all of it\nCOPY --chown=65534 \\\n  . \\\n  /etc/prometheus/\n",
        "FROM prom/prometheus AS first\nCOPY rules /etc/prometheus/rules\nFROM first\n",
    ],
)
def test_what_is_copied_is_loaded(stack: Follow, monitoring: Path, dockerfile: str) -> None:
    assert loaded(stack, monitoring, dockerfile)[0] == "ok"


@pytest.mark.parametrize(
    "dockerfile",
    [
        FROM + "COPY prometheus.yml /etc/prometheus/\n",
        FROM + "COPY rules /etc/elsewhere\n",
        "FROM prom/prometheus AS first\nCOPY rules /etc/prometheus/rules\nFROM prom/prometheus\nCOPY a.yml /etc/\n",
    ],
)
def test_what_is_not_copied_is_not(stack: Follow, monitoring: Path, dockerfile: str) -> None:
    assert loaded(stack, monitoring, dockerfile)[0] in ("broken", "open")


def test_the_dockerfile_is_named(stack: Follow, monitoring: Path) -> None:
    mark, text = loaded(stack, monitoring, FROM + "COPY prometheus.yml /etc/prometheus/\n")
    assert mark == "broken"
    assert "no COPY of" in text
    assert "Dockerfile puts rules.yml into the image" in text


@pytest.mark.parametrize(
    "dockerfile",
    [
        None,
        FROM + "ARG WHAT\nCOPY $WHAT /etc/prometheus/rules\n",
        FROM + "COPY --from=registry.example.com/rules /rules /etc/prometheus/rules\n",
        FROM + "COPY prometheus.yml /etc/\nRUN wget https://example.com/rules.tar\n",
        "FROM registry.example.com/own-prometheus\nCOPY prometheus.yml /etc/\n",
    ],
    ids=["no Dockerfile", "a variable", "another image", "a download", "an image of their own"],
)
def test_doubts_keep_it(stack: Follow, monitoring: Path, dockerfile: str | None) -> None:
    assert loaded(stack, monitoring, dockerfile)[0] == "open"


def test_what_lies_outside_of_the_context_is_not_loaded(stack: Follow, monitoring: Path) -> None:
    mark, text = loaded(stack, monitoring, None, "../rules.yml")
    assert mark == "broken"
    assert "rules.yml lies outside of" in text
    assert "from which the image of prometheus is built" in text
