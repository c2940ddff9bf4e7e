"""Compose files: what they start, under which names and ports, as ``docker compose config`` would say."""

import pytest

from promtrim.errors import InputError
from promtrim.stack.compose import Published, read_compose
from promtrim.stack.containers import Port


@pytest.fixture
def files(fixtures):
    folder = fixtures / "compose" / "tickets"
    return [str(folder / "docker-compose.yml"), str(folder / "docker-compose.override.yml")]


def one(tmp_path, text, **more):
    (tmp_path / "compose.yml").write_text(text)
    for name, content in more.items():
        (tmp_path / name.replace("__", ".")).write_text(content)
    return read_compose([str(tmp_path / "compose.yml")])


def test_a_service(files):
    stack = read_compose(files[:1], {"DB_PASSWORD": "s"})
    api = stack.services["api"]
    assert (api.replicas, api.replicas_place.line) == (2, 20)
    assert api.container.image == "registry.example.com/tickets/api:1.4"
    assert api.published == (Published(8000, 8000),)
    assert api.depends_on == ("database", "cache")
    assert api.networks == {"inside": ()}
    assert api.container.memory_limit == "256M"
    (health,) = api.container.health
    assert (health.scheme, health.port, health.path) == ("http", 8000, "/healthz")
    values = {each.name: each.value for each in api.container.environment}
    assert values["DATABASE_URL"] == "postgres://tickets:s@database:5432/tickets"
    assert stack.volume_drivers == {"database": "local"}


def test_names_aliases_and_profiles(files):
    services = read_compose(files[:1]).services
    assert services["cache"].names == ("cache", "sessions")
    assert services["load"].profiles == ("test",)
    assert services["web"].container.image == ""
    assert services["web"].published == (Published(80, 3000), Published(9229, 9229, "127.0.0.1"))
    assert services["database-metrics"].container.ports == (Port(9187),)
    assert {each.name: each.value for each in services["database"].container.environment} == {
        "POSTGRES_USER": "tickets", "POSTGRES_PASSWORD": None}  # fmt: skip


def test_a_variable_that_is_not_set_is_told(files):
    (said,) = read_compose(files[:1]).problems
    assert (said.code, said.line) == ("unset-variable", 12)
    assert "DB_PASSWORD" in said.text


def test_later_files_are_laid_over(files):
    services = read_compose(files).services
    api, web = services["api"], services["web"]
    assert api.published == (Published(8000, 8000), Published(8001, 8001))
    values = {each.name: each.value for each in api.container.environment}
    assert (values["CACHE_HOST"], values["DEBUG"]) == ("sessions", "1")
    assert web.published == (), "!reset takes away"
    assert web.replicas_place.file.endswith("override.yml")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"3000"', [Published(None, 3000)]),
        ("3000", [Published(None, 3000)]),
        ('"8080:80"', [Published(8080, 80)]),
        ('"8080:80/udp"', [Published(8080, 80)]),
        ('"127.0.0.1:8080:80"', [Published(8080, 80, "127.0.0.1")]),
        ('"[::1]:8080:80"', [Published(8080, 80, "::1")]),
        ('"9000-9001:80-81"', [Published(9000, 80), Published(9001, 81)]),
        ("{target: 80, published: 8080}", [Published(8080, 80)]),
        ('"x:y"', []),
        ('"1-99999999:1"', [Published(None, 1)]),
    ],
)
def test_ports(tmp_path, written, meant):
    stack = one(tmp_path, f"services: {{a: {{image: x, ports: [{written}]}}}}")
    assert list(stack.services["a"].published) == meant


@pytest.mark.parametrize(
    ("written", "replicas"),
    [("scale: 3", 3), ("deploy: {replicas: 2}", 2), ("deploy: {mode: global}", None), ("image: y", 1)],
)
def test_replicas(tmp_path, written, replicas):
    assert one(tmp_path, f"services:\n  a:\n    build: .\n    {written}\n").services["a"].replicas == replicas


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("${A}", "1"), ("$A-x", "1-x"), ("$$A", "$A"), ("${B:-two}", "two"), ("${B-two}", "two"), ("${E:-e}", "e"),
        ("${E-e}", ""), ("${A:+set}", "set"), ("${B:+set}", ""), ("${B:-${A}}", "1"), ("${B:?gone}", ""), ("a$", "a$"),
    ],
)  # fmt: skip
def test_variables(tmp_path, written, meant):
    stack = one(tmp_path, f"services: {{a: {{image: '{written}'}}}}", __env="A=1\nE=\n# B=2\n")
    assert stack.services["a"].container.image == meant


def test_extends_and_include(tmp_path):
    stack = one(
        tmp_path,
        "include: [more.yml]\nservices:\n  b: {extends: {service: a}, ports: ['1:1']}\n  a: {image: x}\n"
        "  c: {extends: {file: other.yml, service: base}}\n  d: {extends: {service: nobody}}\n",
        more__yml="services: {e: {image: y}}",
        other__yml="services: {base: {image: z}}",
    )
    images = {name: each.container.image for name, each in stack.services.items()}
    assert images == {"e": "y", "b": "x", "a": "x", "c": "z", "d": ""}
    assert [each.text for each in stack.problems] == ["d extends nobody, which is not here"]


def test_a_service_that_extends_itself_ends(tmp_path):
    stack = one(tmp_path, "services:\n  a: {extends: {service: b}}\n  b: {extends: {service: a}, image: x}\n")
    assert set(stack.services) == {"a", "b"}


def test_merge_of_mounts_is_by_target(tmp_path):
    (tmp_path / "a.yml").write_text("services: {a: {image: x, volumes: ['./one:/etc/x', 'data:/data']}}")
    (tmp_path / "b.yml").write_text("services: {a: {volumes: ['./two:/etc/x:ro']}}")
    stack = read_compose([str(tmp_path / "a.yml"), str(tmp_path / "b.yml")])
    mounts = {each.target: (each.source, each.kind) for each in stack.services["a"].container.mounts}
    assert mounts == {"/etc/x": (str(tmp_path / "two"), "host"), "/data": ("data", "volume")}


def test_the_first_format_has_services_at_the_top(tmp_path):
    assert set(one(tmp_path, "web: {image: x}\ndb: {image: y}\n").services) == {"web", "db"}


@pytest.mark.parametrize("text", ["- a", "groups: []", "services: [a]", "a: b: c"])
def test_what_is_no_compose_file(tmp_path, text):
    with pytest.raises(InputError):
        one(tmp_path, text)


def test_a_broken_service_is_named(tmp_path):
    stack = one(tmp_path, "services: {a: text, b: {image: x}}")
    assert set(stack.services) == {"b"}
    assert stack.problems[0].code == "bad-service"
