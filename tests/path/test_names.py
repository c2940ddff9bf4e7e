"""Who answers at the addresses that small stacks write, as Docker, Podman and Swarm resolve them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.path.conftest import COMPOSE, CONFIG, Follow

APP = "  app: {image: registry.example.com/app:1}\n"


def target(stack: Follow, address: str, compose: str = COMPOSE) -> str:
    """The mark of the link from ``up{job="app"}`` to its target."""
    return stack(config=CONFIG.replace("app:8000", address), compose=compose).link("Gone", "target").mark


def app(**more: str) -> str:
    """The stack with more said of its application: ``app(ports="['8000']")``."""
    said = "".join(f", {key}: {value}" for key, value in more.items())
    return COMPOSE.replace(APP, f'  app: {{image: "registry.example.com/app:1"{said}}}\n')


def prometheus(said: str) -> str:
    return COMPOSE.replace("v2.53.0\n", f"v2.53.0\n    {said}\n")


class TestNames:
    @pytest.mark.parametrize(
        ("address", "compose"),
        [
            ("app:8000", COMPOSE),
            ("shop-app:8000", app(container_name="shop-app")),
            ("backend:8000", app(hostname="backend")),
            ("api:8000", app(networks="{default: {aliases: [api]}}")),
            ("db:8000", prometheus('links: ["app:db"]')),
            ("app:8000", app(expose='["8000"]')),
        ],
    )
    def test_that_a_service_answers_to(self, stack: Follow, address: str, compose: str) -> None:
        assert target(stack, address, compose) == "ok"

    @pytest.mark.parametrize(
        "address",
        ["app.internal:8000", "10.0.0.7:8000", "tasks.app:8000", "host.example.com:80", "[fd00::7]:8000"],
    )
    def test_that_cannot_be_told(self, stack: Follow, address: str) -> None:
        assert target(stack, address) == "open"

    @pytest.mark.parametrize("address", ["shop_app:8000", "shop-app-1:8000"])
    def test_that_compose_and_swarm_make(self, stack: Follow, address: str) -> None:
        assert target(stack, address) == "ok"

    @pytest.mark.parametrize("address", ["gone:8000", "localhost:8000", "127.0.0.1:9100"])
    def test_to_which_nobody_answers(self, stack: Follow, address: str) -> None:
        assert target(stack, address) == "broken"

    def test_of_extra_hosts(self, stack: Follow) -> None:
        assert target(stack, "gone:8000", prometheus('extra_hosts: ["gone:10.0.0.7"]')) == "open"
        assert target(stack, "gone:8000", prometheus('extra_hosts: ["gone=host-gateway"]')) == "open"

    def test_on_a_network_of_others(self, stack: Follow) -> None:
        compose = prometheus("networks: [shared]") + "networks: {shared: {external: true}}\n"
        assert target(stack, "gone:8000", compose) == "open"

    def test_without_a_network_in_common(self, stack: Follow) -> None:
        assert target(stack, "app:8000", app(networks="[inner]")) == "broken"

    def test_without_replicas(self, stack: Follow) -> None:
        assert target(stack, "app:8000", app(deploy="{replicas: 0}")) == "broken"

    def test_of_a_file_that_was_left_out(self, stack: Follow, tmp_path_factory: pytest.TempPathFactory) -> None:
        from promtrim.stack.sources import find_sources

        folder = tmp_path_factory.mktemp("repository")
        (folder / "docker-compose.yml").write_text(COMPOSE)
        (folder / "docker-compose.prod.yml").write_text("services: {app: {image: x}, gone: {image: x}}")
        assert find_sources(str(folder)).others == ["app", "gone"]


class TestTheMachine:
    NODE = '  node: {image: "prom/node-exporter:v1.8.2", network_mode: host}\n'

    @pytest.mark.parametrize("host", ["host.docker.internal", "host.containers.internal", "172.17.0.1"])
    def test_ports_that_services_publish(self, stack: Follow, host: str) -> None:
        assert target(stack, f"{host}:8080", app(ports='["8080:8000"]')) == "ok"
        assert target(stack, f"{host}:8000", app(ports='["8080:8000"]')) == "open"
        assert target(stack, f"{host}:8080", app(ports='["127.0.0.1:8080:8000"]')) == "ok"

    def test_what_runs_on_its_network(self, stack: Follow) -> None:
        files = {"config": CONFIG.replace("app:8000", "host.docker.internal:9100"), "compose": COMPOSE + self.NODE}
        assert stack(**files).plan.topology.exporters["node_exporter"] is True

    def test_a_name_of_its_network_is_none_of_a_bridge(self, stack: Follow) -> None:
        assert target(stack, "node:9100", COMPOSE + self.NODE) == "broken"

    def test_prometheus_there_too(self, stack: Follow) -> None:
        compose = prometheus("network_mode: host") + self.NODE
        config = CONFIG.replace("app:8000", "localhost:9100")
        assert stack(config=config, compose=compose).plan.topology.exporters["node_exporter"] is True
        assert target(stack, "localhost:8080", compose.replace(APP, APP.replace("}", ", ports: ['8080:80']}"))) == "ok"
        assert target(stack, "localhost:8123", compose) == "open"
        assert target(stack, "app:8000", compose) == "open"

    def test_a_container_that_shares_prometheus_network(self, stack: Follow) -> None:
        compose = app(network_mode='"service:prometheus"', expose='["8000"]')
        assert target(stack, "localhost:8000", compose) == "ok"
        assert target(stack, "localhost:8001", compose) == "open"


class TestPorts:
    def test_a_program_that_speaks_no_prometheus(self, stack: Follow) -> None:
        assert target(stack, "db:5432", COMPOSE + '  db: {image: "postgres:16"}\n') == "broken"

    def test_the_host_s_port_is_another_one_inside(self, stack: Follow) -> None:
        assert target(stack, "app:8080", app(ports='["8080:8000"]')) == "broken"

    def test_an_exporter_elsewhere_than_it_listens(self, stack: Follow) -> None:
        exporter = '  redis-exporter: {image: "oliver006/redis_exporter:v1.62.0"%s}\n'
        assert target(stack, "redis-exporter:9122", COMPOSE + exporter % "") == "broken"
        assert target(stack, "redis-exporter:9121", COMPOSE + exporter % "") == "ok"
        assert target(stack, "redis-exporter:9122", COMPOSE + exporter % ', ports: ["9121:9121"]') == "broken"
        told = ", command: [--web.listen-address=:9122]"
        assert target(stack, "redis-exporter:9122", COMPOSE + exporter % told) != "broken"
        told = ', environment: {REDIS_EXPORTER_WEB_LISTEN_ADDRESS: "0.0.0.0:9122"}'
        assert target(stack, "redis-exporter:9122", COMPOSE + exporter % told) != "broken"
        assert target(stack, "redis-exporter:9122", COMPOSE + exporter % ", env_file: [.env]") != "broken"


def test_a_configuration_that_the_only_prometheus_does_not_read(stack: Follow, tmp_path: Path) -> None:
    """What it would find in this project is not known: it is that of another."""
    from promtrim import api
    from promtrim.stack.sources import Sources

    stack()
    (tmp_path / "other.yml").write_text(CONFIG.replace("app", "production"))
    sources = Sources(compose=[[str(tmp_path / "docker-compose.yml")]], prometheus_config=[str(tmp_path / "other.yml")])
    plan = api.make_plan([str(tmp_path / "rules.yml")], sources=sources)
    assert plan.topology.jobs is not None
    assert plan.topology.jobs["production"].dead is None
