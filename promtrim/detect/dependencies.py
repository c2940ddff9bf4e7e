"""What depends on what: which workloads and datastores another one is told of, also those that nothing here runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from promtrim.detect.recognise import STORES, Recogniser
from promtrim.detect.units import Known, hosts_in, says_where, scheme_of, variables_of
from promtrim.stack.compose import Service as ComposeService
from promtrim.stack.compose import Stack
from promtrim.stack.containers import Variable
from promtrim.stack.pods import PodSet


class Links:
    """Answers about everything that is deployed.

    Args:
        names: each unit's key in the topology, by the identity of its origin.
        stacks: the compose project of a service, by its identity.
    """

    def __init__(
        self, known: Sequence[Known], names: Mapping[int, str], stacks: Mapping[int, Stack], recogniser: Recogniser
    ) -> None:
        self._known = known
        self._names = names
        self._stacks = stacks
        self._words = _store_words(recogniser)

    def of(self, each: Known) -> dict[str, str]:
        """Keys of the workloads and datastores that a unit needs, each with where that is said."""
        near = {
            name: self._names[id(other.unit.origin)]
            for other in self._known
            if other.role in ("workload", "datastore") and other is not each and self._near(each, other)
            for name in other.unit.names
        }
        found: dict[str, str] = {}
        for name in each.unit.depends_on:
            if name in near:
                found.setdefault(near[name], str(each.unit.place))
        for variable in variables_of(each.unit.containers):
            if variable.value and (says_where(variable) or "://" in variable.value):
                for host in hosts_in(variable.value):
                    if host in near:
                        found.setdefault(near[host], str(variable.place))
        return found

    def elsewhere(self) -> Iterator[tuple[str, Variable, str]]:
        """Datastores that workloads are told of and that nothing here runs: workload, variable, technology."""
        deployed = {each.identity.technology for each in self._known if each.role == "datastore"}
        for each in self._known:
            if each.role != "workload":
                continue
            for variable in variables_of(each.unit.containers):
                technology = self._technology_of(variable) if says_where(variable) else None
                if technology is not None and technology not in deployed:
                    yield self._names[id(each.unit.origin)], variable, technology

    def _technology_of(self, variable: Variable) -> str | None:
        by_scheme = self._words.get(scheme_of(variable.value or ""))
        parts = variable.name.lower().split("_")
        return by_scheme or next((self._words[part] for part in parts if part in self._words), None)

    def _near(self, one: Known, other: Known) -> bool:
        first, second = one.unit.origin, other.unit.origin
        if isinstance(first, PodSet) and isinstance(second, PodSet):
            return first.namespace == second.namespace
        if isinstance(first, ComposeService) and isinstance(second, ComposeService):
            return self._stacks[id(first)] is self._stacks[id(second)]
        return False


def _store_words(recogniser: Recogniser) -> dict[str, str]:
    """Words that name a datastore's technology: its own name, and those of its official images.

    Others are too general: an image ``someone/server`` makes no server of every variable that says so.
    """
    words: dict[str, str] = {}
    for head in recogniser.heads.values():
        if head.kind in STORES:
            words.setdefault(head.technology.lower(), head.technology)
            for image in head.detect.technology_images:
                owner, _, name = image.lower().rpartition("/")
                if owner in ("", name):
                    words.setdefault(name, head.technology)
    return words
