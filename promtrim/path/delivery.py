"""From Prometheus to a person: the Alertmanager, the routes, the receivers."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from promtrim.alertmanager.labels import labels_of
from promtrim.alertmanager.routing import Reached, routes_of
from promtrim.detect.resolve import Surroundings, resolve
from promtrim.path.ground import Ground
from promtrim.path.model import Link, Mark, Said, finding, said
from promtrim.path.mounts import ALERTMANAGER_CONFIG, config_path, unknown_mount
from promtrim.path.receivers import is_outside, judge_receiver, start_problems
from promtrim.path.running import alerts_go
from promtrim.rulefile.model import Problem, Rule
from promtrim.stack.alertmanager_config import AlertmanagerConfig
from promtrim.stack.compose import Service

_RENDERS = ("envsubst", "gomplate", "confd", "sed ", "sed\t", "consul-template", "dockerize", "eval ")


class Delivery:
    """Answers for each alert where it goes. What does not depend on the alert is worked out once."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.alertmanager, self.stopped = _alertmanager(ground)
        self._around = _around(ground)
        self._rendered = _rendered(ground)
        self._receivers: dict[tuple[str, str], Said] = {}
        self._external = {
            name: value for config in ground.detection.prometheus for name, value in config.external_labels.items()
        }

    def links(self, rule: Rule) -> tuple[Link, ...]:
        """The last three links of an alert's way."""
        first = Link("alertmanager", *msgspec.structs.astuple(self.alertmanager))
        route, receiver = self._last(rule)
        return (
            first,
            Link("route", *msgspec.structs.astuple(route)),
            Link("receiver", *msgspec.structs.astuple(receiver)),
        )

    def mark(self, rule: Rule) -> Mark:
        """Whether an alert that fires reaches somebody."""
        marks = {link.mark for link in self.links(rule)}
        return "broken" if "broken" in marks else "open" if "open" in marks else "ok"

    def goes_outside(self, rule: Rule) -> bool | None:
        """Whether an alert leaves for a service that others run; None where that is not known."""
        if self.mark(rule) == "broken":
            return False
        if not self._ground.alertmanagers:
            return None
        for config in self._ground.alertmanagers:
            for reached in self._reached(config, rule):
                receiver = config.receivers.get(reached.route.receiver)
                if receiver is None or self._judged(config, receiver.name).mark == "broken":
                    continue
                if any(is_outside(each, config) for each in receiver.integrations):
                    return True
        return False

    def _last(self, rule: Rule) -> tuple[Said, Said]:
        configs = [config for config in self._ground.alertmanagers if config.route is not None]
        if not configs:
            if self._ground.alertmanagers:
                return said("broken", f"{self._ground.alertmanagers[0].file} has no route"), said("broken", "no receiver")
            nothing = said("open", "no alertmanager.yml is known")
            return nothing, nothing
        answers = [self._by(config, rule) for config in configs]
        for mark in ("ok", "open"):
            for answer in answers:
                if answer[1].mark == mark:
                    return answer
        return answers[0]

    def _reached(self, config: AlertmanagerConfig, rule: Rule) -> list[Reached]:
        return routes_of(config.route, labels_of(rule, self._external)) if config.route else []

    def _by(self, config: AlertmanagerConfig, rule: Rule) -> tuple[Said, Said]:
        reached = self._reached(config, rule)
        judged = [(each, self._judged(config, each.route.receiver)) for each in reached]
        names = ", ".join(dict.fromkeys(each.route.receiver for each in reached))
        for wanted in ("ok", "open", "broken"):
            fits = [(each, answer) for each, answer in judged if answer.mark == wanted]
            if not fits:
                continue
            best, answer = min(fits, key=lambda pair: not pair[0].certain)
            sure = best.certain or all(each.mark == wanted for _, each in judged)
            route = said("ok" if sure else "open", f"it goes to {names}", best.route.place)
            if not sure:
                text = f"{answer.text}, if its series carry the labels of that route"
                answer = Said("open", text, answer.file, answer.line)
            return route, answer
        return said("broken", f"no route of {config.file} takes it"), said("broken", "no receiver")

    def _judged(self, config: AlertmanagerConfig, name: str) -> Said:
        key = (config.file, name)
        if key not in self._receivers:
            receiver = config.receivers.get(name)
            self._receivers[key] = (
                said("broken", f"there is no receiver {name!r}", config.route.place if config.route else None)
                if receiver is None
                else judge_receiver(receiver, config, self._around, self._rendered)
            )
        return self._receivers[key]


def findings(ground: Ground) -> Iterator[Problem]:
    """What keeps Alertmanager from starting or Prometheus from reaching it."""
    rendered = _rendered(ground)
    for config in ground.alertmanagers:
        for text, place in start_problems(config):
            if not (rendered and "$" in text):
                yield finding("alertmanager-cannot-start", text, place)
    answer = _reached_alertmanager(ground)
    if answer.mark == "broken":
        yield Problem("no-alertmanager", f"{answer.text}: no alert reaches anybody", answer.file, answer.line)


def _alertmanager(ground: Ground) -> tuple[Said, bool]:
    """Whether alerts get to an Alertmanager, and whether that is because it does not start."""
    stopped = [each for each in ground.problems if each.code == "alertmanager-cannot-start"]
    stopped += [each for each in findings(ground) if each.code == "alertmanager-cannot-start"]
    files = {each.file for each in stopped}
    if stopped and all(config.file in files for config in ground.alertmanagers):
        return Said("broken", stopped[0].text, stopped[0].file, stopped[0].line), True
    return _reached_alertmanager(ground), False


def _reached_alertmanager(ground: Ground) -> Said:
    """Whether Prometheus finds an Alertmanager."""
    detection = ground.detection
    if not detection.prometheus:
        return said("open", "no prometheus.yml is known")
    answers = []
    for config, around in zip(detection.prometheus, detection.surroundings, strict=True):
        if (now := alerts_go(ground, config)) is not None:
            answers.append(now)
            continue
        if config.alertmanager_discoveries:
            place = config.alertmanager_discoveries[0].place
            answers.append(said("open", "what discovery finds is not known here", place))
            continue
        if not config.alertmanagers and (other := _other_notifier(ground)) is not None:
            answers.append(other)
            continue
        if not config.alertmanagers:
            answers.append(said("broken", f"{config.file} names no Alertmanager", config.alerting_place))
            continue
        for address in config.alertmanagers:
            found = resolve(address.address, "http", around)
            if found.answers == "no" and (found.service is not None or found.pods is not None) and not found.because:
                found = msgspec.structs.replace(found, answers="open")
            mark: Mark = {"yes": "ok", "no": "broken", "open": "open"}[found.answers]  # type: ignore[assignment]
            why = f": {found.because}" if found.because else ""
            answers.append(said(mark, f"alerts go to {address.address}{why}", address.place))
    for wanted in ("ok", "open"):
        for answer in answers:
            if answer.mark == wanted:
                return _with_default_config(ground, answer)
    return answers[0]


def _other_notifier(ground: Ground) -> Said | None:
    """A program beside Prometheus that is told of an Alertmanager: an evaluator of its own."""
    for known in ground.detection.known:
        for container in known.unit.containers if known.role not in ("prometheus", "alertmanager") else ():
            if any("alertmanager" in word and "://" in word for word in container.command):
                return said("open", f"{container.name} is told of an Alertmanager", container.place)
    return None


def _with_default_config(ground: Ground, answer: Said) -> Said:
    """Alertmanager's image comes with an example that tells nobody; it counts where nothing is mounted over it."""
    units = ground.units("alertmanager")
    if ground.alertmanagers or len(units) != 1 or answer.mark != "ok":
        return answer
    container = next((each for each in units[0].containers if "alertmanager" in each.image), None)
    if container is None or config_path(container, ALERTMANAGER_CONFIG) != ALERTMANAGER_CONFIG:
        return answer
    covered = any(ALERTMANAGER_CONFIG.startswith(mount.target.rstrip("/")) for mount in container.mounts)
    if covered or unknown_mount(container, ALERTMANAGER_CONFIG) or any("$" in word for word in container.command):
        return answer
    text = "no configuration is mounted: Alertmanager runs with the example of its image, which tells nobody"
    return said("broken", text, container.place)


def _around(ground: Ground) -> Surroundings | None:
    """Where Alertmanager runs, as seen by what it calls."""
    units = ground.units("alertmanager")
    if len(units) != 1 or not ground.detection.surroundings:
        return None
    home = units[0].origin
    stack = None
    if isinstance(home, Service):
        stacks = ground.detection.stacks
        stack = next((each for each in stacks if any(home is service for service in each.services.values())), None)
    first = ground.detection.surroundings[0]
    clusters = () if isinstance(home, Service) else first.clusters
    return msgspec.structs.replace(first, home=home, home_stack=stack, clusters=clusters)


def _rendered(ground: Ground) -> bool:
    """Whether something may fill in variables before Alertmanager reads its configuration."""
    for unit in ground.units("alertmanager"):
        for container in unit.containers:
            command = " ".join(container.command)
            if any(word in command for word in _RENDERS) or not container.image:
                return True
    return False
