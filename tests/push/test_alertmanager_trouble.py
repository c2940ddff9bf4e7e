"""An Alertmanager that is down, slow, failing, restarting; pushes at once, and pushes that are stopped."""

from __future__ import annotations

import threading
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from promtrim import api
from promtrim.errors import RemoteError
from promtrim.http import Client, Server
from promtrim.push.alertmanager.api import silences
from promtrim.push.alertmanager.carry import carry_out
from promtrim.push.alertmanager.push import Wishes, look
from promtrim.push.identity import plan_id
from tests import servers
from tests.push.conftest import ALERTMANAGER, EXTERNAL, RULES, SETTINGS, Shop, in_hours, plan_of
from tests.push.receiver import proxy
from tests.push.test_alertmanager import OF_TWINS, TWINS, texts


def test_down(shop: Shop) -> None:
    with pytest.raises(RemoteError, match="nothing listens there"):
        shop.push(url=f"http://127.0.0.1:{servers.free_port()}", retries=0)


def test_slow(shop: Shop, client: Client) -> None:
    with proxy(shop.url) as between:
        between.fault = lambda method, path, number: 3.0 if number == 1 else None
        with pytest.raises(RemoteError):
            shop.push(url=between.url, timeout=1.0, retries=0)
        between.fault = lambda method, path, number: 3.0 if number % 9 == 0 else None
        assert shop.push(url=between.url, timeout=1.0).ok
    assert len(silences(client)) == 1


@pytest.mark.parametrize("fault", [500, 503, "cut", "lost"])
def test_answers_that_fail_now_and_then(shop: Shop, client: Client, fault: int | str) -> None:
    with proxy(shop.url) as between:
        between.fault = lambda method, path, number: fault if number % 3 == 2 else None
        assert shop.push(url=between.url).ok
    assert len(silences(client)) == 1, "a lost answer made a second silence"


def test_a_server_that_always_fails_is_given_up(shop: Shop, client: Client) -> None:
    with proxy(shop.url) as between:
        between.fault = lambda method, path, number: 500 if method == "POST" else None
        outcome = shop.push(url=between.url, retries=1)
        posts = [path for method, path in between.requests if method == "POST"]
    assert not outcome.ok
    assert len(posts) == 2
    assert silences(client) == []


def test_restarting_in_the_middle(alertmanager_program: Path, tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "alertmanager.yml").write_text(ALERTMANAGER.replace("$WEBHOOK", "http://127.0.0.1:1/"))
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    command: list[str | Path] = [
        alertmanager_program, "--config.file=alertmanager.yml", f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    rules = RULES + "".join(f"      - {{alert: More{n}, expr: 'sum(x{n}) > 1', labels: {{severity: warning}}}}\n" for n in range(6))
    settings = SETTINGS.replace("drop: [", "drop: [{alert: 'More*', reason: noise}, ")
    plan = plan_of(tmp_path, rules, settings)
    done: list[object] = []
    threads: list[threading.Thread] = []
    outcomes: list[Any] = []
    half = threading.Event()

    def tell(step: object) -> None:
        done.append(step)
        if len(done) == 3:
            half.set()

    def push() -> None:
        given: dict[str, Any] = {"ends": in_hours(), "match": EXTERNAL}
        outcomes.append(api.push_alertmanager(plan, Server(url, retries=6), tell=tell, **given))

    with servers.running(command, f"{url}/-/ready", tmp_path / "am"):
        threads.append(threading.Thread(target=push))
        threads[0].start()
        half.wait(30)
    with servers.running(command, f"{url}/-/ready", tmp_path / "am"):
        threads[0].join(60)
        if not outcomes or not outcomes[0].ok:
            push()  # the next run mends it
        assert outcomes[-1].ok
        with Client(Server(url)) as client:
            found = texts(silences(client))
    assert len(found) == len(set(found)) == 7


def test_two_at_once_converge_with_the_next_run(shop: Shop, client: Client) -> None:
    plan = plan_of(shop.folder)
    threads = [threading.Thread(target=lambda: shop.push(plan)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(silences(client)) >= 1
    assert shop.push(plan).ok
    assert len(silences(client)) == 1


def test_stopped_between_any_two_steps(shop: Shop, client: Client) -> None:
    """As a SIGKILL would: what was begun is not ended. Kept alerts are never muted; the next run is as if nothing were."""
    before = plan_of(shop.folder, TWINS, OF_TWINS)
    after = plan_of(shop.folder / "after", TWINS.replace("severity: warning", "severity: info"), OF_TWINS)
    kept = api.arriving(after, external=EXTERNAL)
    dropped = api.arriving(after, external=EXTERNAL, keep=False)
    for stop in range(7):
        assert shop.push(before).ok
        wishes = Wishes(in_hours(), external=EXTERNAL)
        found = look(client, kept, dropped, plan_id(after), wishes)
        assert len(found.changes) == 6
        list(islice(carry_out(client, found.changes, wishes.ends), stop))
        for each in silences(client):
            muted = {matcher.name: matcher.value for matcher in each.matchers}
            assert muted["severity"] in ("warning", "info")
            assert muted.get("tier", "") == ""
        assert shop.push(after).ok
        wanted = texts(silences(client))
        assert len(wanted) == 3
        assert all("info" in text for text in wanted)
