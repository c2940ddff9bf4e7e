"""Patches on resources: strategic merge and JSON 6902, keeping the place of whatever a patch writes.

Which resources a patch is for is :mod:`build`'s affair.
"""

from __future__ import annotations

from typing import Any

from promtrim.yamltext.located import Place, YamlList, YamlMap

MERGE_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",), "initContainers": ("name",), "ephemeralContainers": ("name",), "volumes": ("name",),
    "env": ("name",), "volumeMounts": ("mountPath",), "volumeDevices": ("devicePath",),
    "ports": ("containerPort", "port"), "imagePullSecrets": ("name",), "secrets": ("name",), "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",), "ownerReferences": ("uid",), "conditions": ("type",),
}  # fmt: skip
"""Lists that a strategic merge merges item by item, and by which field
(https://github.com/kubernetes/api, struct tags ``patchMergeKey``). Every other list is replaced."""

_BUILT_IN = ("", "apps", "batch", "autoscaling", "policy", "extensions", "rbac")


class PatchError(Exception):
    """A patch that does not fit its resource."""


def copy(value: Any) -> Any:
    """A deep copy that keeps places."""
    if isinstance(value, YamlMap):
        result = YamlMap(value.place, value.tag)
        for key, each in value.items():
            result.put(key, copy(each), value.at(key))
        return result
    if isinstance(value, YamlList):
        items = YamlList(value.place, value.tag)
        for index, each in enumerate(value):
            items.put(copy(each), value.at(index))
        return items
    return value


def knows_merge_keys(group: str) -> bool:
    """Whether kustomize merges lists of this API group by key; it replaces those of custom resources."""
    return group in _BUILT_IN or group.endswith(".k8s.io")


def strategic_merge(base: YamlMap, patch: YamlMap, by_key: bool = True) -> None:
    """Merge a patch into a resource, in place."""
    for key, value in patch.items():
        if key == "$patch":
            continue
        if value is None:
            base.pop(key, None)
            base.places.pop(key, None)
        elif isinstance(value, YamlMap):
            _merge_mapping(base, key, value, patch.at(key), by_key)
        elif isinstance(value, YamlList) and by_key and (name := _merge_key(key, value)):
            below = base.get(key)
            merged = below if isinstance(below, YamlList) else YamlList(value.place)
            _merge_list(merged, value, name)
            base.put(key, merged, base.at(key) if key in base else patch.at(key))
        else:
            base.put(key, copy(value), patch.at(key))


def _merge_mapping(base: YamlMap, key: str, value: YamlMap, place: Place, by_key: bool) -> None:
    directive = value.get("$patch")
    if directive == "delete":
        base.pop(key, None)
        return
    below = base.get(key)
    if not isinstance(below, YamlMap) or directive == "replace":
        below = YamlMap(value.place)
        base.put(key, below, place)
    strategic_merge(below, value, by_key)


def _merge_key(field: str, patch: YamlList) -> str | None:
    for name in MERGE_KEYS.get(field, ()):
        if patch and all(isinstance(item, YamlMap) and (name in item or "$patch" in item) for item in patch):
            return name
    return None


def _merge_list(base: YamlList, patch: YamlList, name: str) -> None:
    if any(item.get("$patch") == "replace" for item in patch):
        base.clear()
        base.places.clear()
    # As kustomize orders them: what the patch names comes first, in the patch's order, then the rest.
    before = [(each, base.at(index)) for index, each in enumerate(base)]
    first: list[tuple[Any, Place]] = []
    for index, item in enumerate(patch):
        directive = item.get("$patch")
        if directive == "replace":
            continue
        found = next((pair for pair in before if isinstance(pair[0], dict) and pair[0].get(name) == item[name]), None)
        if found is not None:
            before.remove(found)
        if directive == "delete":
            continue
        if found is not None:
            strategic_merge(found[0], item)
        first.append(found or (copy(item), patch.at(index)))
    base.clear()
    base.places.clear()
    for value, place in (*first, *before):
        base.put(value, place)


def json_patch(base: YamlMap, operations: YamlList) -> None:
    """Apply a JSON 6902 patch, in place.

    Raises:
        PatchError: an operation that does not fit; the earlier ones have been applied.
    """
    for index, operation in enumerate(operations):
        if not isinstance(operation, YamlMap):
            raise PatchError(f"operation {index + 1} is no mapping with op: and path:")
        _operate(base, operation)


def _operate(base: YamlMap, operation: YamlMap) -> None:
    kind, path = operation.get("op"), operation.get("path")
    if not isinstance(path, str) or not path.startswith("/"):
        raise PatchError(f"path {path!r} must begin with /")
    place = operation.at("value") if "value" in operation else operation.place
    if kind == "add":
        _set(base, path, copy(operation.get("value")), place, insert=True)
    elif kind == "replace":
        _get(base, path)
        _set(base, path, copy(operation.get("value")), place, insert=False)
    elif kind == "remove":
        _remove(base, path)
    elif kind in ("move", "copy"):
        source = operation.get("from")
        if not isinstance(source, str):
            raise PatchError(f"{kind} {path} lacks from:")
        value = copy(_get(base, source))
        if kind == "move":
            _remove(base, source)
        _set(base, path, value, place, insert=True)
    elif kind == "test":
        if _get(base, path) != operation.get("value"):
            raise PatchError(f"test {path} fails")
    else:
        raise PatchError(f"op {kind!r} is none of add, remove, replace, move, copy, test")


def _steps(path: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]


def _get(base: Any, path: str) -> Any:
    value = base
    for step in _steps(path):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and (index := _index(value, step)) is not None:
            value = value[index]
        else:
            raise PatchError(f"there is no {path} to change")
    return value


def _index(value: list[Any], step: str) -> int | None:
    if step.isdecimal() and int(step) < len(value):
        return int(step)
    return None


def _holder(base: Any, path: str) -> tuple[Any, str]:
    steps = _steps(path)
    parent = "/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps[:-1])
    return (_get(base, parent) if len(steps) > 1 else base), steps[-1]


def _set(base: Any, path: str, value: Any, place: Place, insert: bool) -> None:
    holder, last = _holder(base, path)
    if isinstance(holder, YamlMap):
        holder.put(last, value, place)
    elif isinstance(holder, YamlList):
        if insert:
            where = len(holder) if last == "-" else int(last) if last.isdecimal() else -1
            if not 0 <= where <= len(holder):
                raise PatchError(f"there is no place {path} in the list")
            holder.insert(where, value)
            holder.places.insert(where, place)
        elif (index := _index(holder, last)) is not None:
            holder[index] = value
            holder.places[index] = place
    else:
        raise PatchError(f"there is no {path} to change")


def _remove(base: Any, path: str) -> None:
    _get(base, path)
    holder, last = _holder(base, path)
    if isinstance(holder, YamlMap):
        del holder[last]
        holder.places.pop(last, None)
    else:
        del holder[int(last)]
        del holder.places[int(last)]
