"""How much an alert matters and on what: what rulesets say of its comparison, else words, else its severity."""

from __future__ import annotations

import pytest

from promtrim.judge.signals import signals
from promtrim.judge.tier import Weight, weigh
from promtrim.judge.words import Words
from promtrim.knowledge.index import shipped
from promtrim.promql.parse import parse


@pytest.fixture
def weighed(metrics, words):
    def run(expr: str, labels: dict[str, str] | None = None, text: str = "", constant: bool = False) -> Weight:
        return weigh(metrics(), words, signals(parse(expr)), labels or {}, constant, text)

    return run


class TestWhatRulesetsSay:
    def test_of_the_metric_in_general(self, weighed) -> None:
        found = weighed("depot_up == 0")
        assert (found.tier, found.mode, found.known) == ("critical", "down", True)

    def test_severity_does_not_count_then(self, weighed) -> None:
        assert weighed("depot_used_ratio > 0.5", {"severity": "critical"}).tier == "low"
        assert weighed("depot_up == 0", {"severity": "info"}).tier == "critical"

    @pytest.mark.parametrize(
        ("expr", "tier"),
        [
            ("depot_used_ratio > 0.95", "critical"),
            ("depot_used_ratio > 0.9", "critical"),
            ("depot_used_ratio > 0.8", "useful"),
            ("depot_used_ratio > 0.7", "useful"),
            ("depot_used_ratio > 0.69", "low"),
            ("depot_used_ratio < 0.95", "low"),  # the other direction
            ("depot_used_ratio == 1", "critical"),
            ("depot_used_ratio != 1", "low"),
            ("0.95 < depot_used_ratio", "critical"),
            ("depot_free_ratio < 0.1", "critical"),
            ("depot_free_ratio < 0.2", "low"),
            ("depot_free_ratio > 0.05", "low"),
            ("depot_free_ratio == 0", "critical"),
            ("predict_linear(depot_used_ratio[6h], 3600) > 0.5", "critical"),
            ("depot_used_ratio > depot_free_ratio", "low"),  # no threshold
        ],
    )
    def test_of_a_comparison_by_threshold(self, weighed, expr: str, tier: str) -> None:
        assert weighed(expr).tier == tier

    @pytest.mark.parametrize(
        ("expr", "tier"),
        [
            ("increase(depot_errors_total[1h]) > 60", "critical"),
            ("increase(depot_errors_total[1h]) > 59", "useful"),
            ("increase(depot_errors_total[10m]) > 10", "critical"),
            ("increase(depot_errors_total[10m]) > 9", "useful"),
            ("rate(depot_errors_total[5m]) > 0.02", "critical"),
            ("rate(depot_errors_total[5m]) > 0.01", "useful"),
            ("depot_errors_total > 1000", "useful"),  # a counter's value is no rate
        ],
    )
    def test_of_events_per_hour_whatever_the_range(self, weighed, expr: str, tier: str) -> None:
        assert weighed(expr).tier == tier

    @pytest.mark.parametrize(
        ("share", "tier"),
        [("> 0.05", "critical"), ("* 100 > 5", "critical"), ("> 0.01", "useful"), ("* 100 > 1", "useful")],
    )
    def test_of_a_share(self, weighed, share: str, tier: str) -> None:
        assert weighed(f"sum(rate(depot_errors_total[5m])) / sum(rate(x_total[5m])) {share}").tier == tier

    def test_of_labels_that_a_selector_demands(self, weighed) -> None:
        found = weighed('increase(depot_errors_total{kind="lost-write"}[1h]) > 1')
        assert (found.tier, found.mode) == ("critical", "corruption")
        assert weighed('increase(depot_errors_total{kind="slow"}[1h]) > 1').mode == "errors"
        assert weighed('increase(depot_errors_total{kind!="lost-write"}[1h]) > 1').mode == "errors"

    def test_the_first_entry_that_fits_counts(self, weighed) -> None:
        assert weighed('increase(depot_errors_total{kind="lost"}[1h]) > 90').mode == "errors"
        assert weighed('increase(depot_errors_total{kind="lost"}[1h]) > 90').because == "one a minute is too many"

    def test_the_worst_of_several_counts(self, weighed) -> None:
        assert weighed("depot_used_ratio > 0.5 or depot_up == 0").mode == "down"

    def test_a_guard_does_not_decide(self, weighed) -> None:
        assert weighed("depot_used_ratio > 0.5 and depot_up == 0").tier == "low"

    def test_a_guard_on_the_same_metric_can_make_it_worse(self, weighed) -> None:
        expr = "depot_used_ratio > 0.5 and predict_linear(depot_used_ratio[6h], 3600) > 1"
        assert weighed(expr).tier == "critical"

    def test_a_guard_decides_where_nothing_else_is_known(self, weighed) -> None:
        assert weighed("x > 1 and depot_up == 0").mode == "down"
        assert weighed("depot_silent > 1 and depot_up == 0").mode == "down"

    def test_where_the_first_selector_is_unknown_the_next_tells(self, weighed) -> None:
        assert weighed("x / depot_up > 1").mode == "down"

    def test_a_metric_of_which_nothing_is_said_is_inferred(self, weighed) -> None:
        assert not weighed("depot_silent > 1").known


class TestInference:
    """Metrics that no ruleset knows."""

    def test_by_words_of_the_name(self, weighed) -> None:
        found = weighed("x_backup_age_seconds > 90000", {"severity": "critical"})
        assert (found.tier, found.mode, found.known) == ("critical", "backup", False)
        assert "x_backup_age_seconds" in found.because

    def test_a_critical_word_is_useful_where_nobody_is_paged(self, weighed) -> None:
        assert weighed("x_backup_age_seconds > 90000", {"severity": "warning"}).tier == "useful"
        assert weighed("x_backup_age_seconds > 90000").tier == "useful"

    @pytest.mark.parametrize("label", ["severity", "priority", "level"])
    @pytest.mark.parametrize("value", ["critical", "page", "P1", "emergency", "sev1", "High"])
    def test_whatever_pages_counts(self, weighed, label: str, value: str) -> None:
        assert weighed("x_backup_age_seconds > 90000", {label: value}).tier == "critical"

    def test_a_sure_word_holds_whatever_the_severity(self, weighed) -> None:
        assert weighed("absent(x)", {"severity": "info"}).tier == "critical"
        assert weighed("x_errors_total / x_total > 0.1", {"severity": "info"}).tier == "critical"

    def test_words_may_be_for_shapes(self, weighed) -> None:
        assert weighed("increase(x_errors_total[5m]) > 1").tier == "useful"

    @pytest.mark.parametrize(
        ("expr", "fits"),
        [
            ("x_ready == 0", True),
            ("x_ready < 1", True),
            ("x_ready != 1", False),
            ("x_ready > 0", False),
            ("x_ready < 5", False),
        ],
    )
    def test_a_state_that_fires_at_zero(self, weighed, expr: str, fits: bool) -> None:
        assert (weighed(expr).mode == "down") is fits

    def test_the_name_counts_before_the_text(self, weighed) -> None:
        assert weighed("x_queue_length > 5", text="BackupFailed").mode == "queue"
        assert weighed("x_length > 5", text="BackupFailed The nightly copy").mode == "backup"

    def test_of_nothing_known_the_severity_is_all_there_is(self, weighed) -> None:
        found = weighed("x > 5", {"severity": "critical"})
        assert (found.tier, found.mode, found.known) == ("critical", "other", False)
        assert "nothing is known" in found.because
        assert weighed("x > 5", {"severity": "info"}).tier == "useful"


def test_a_dead_mans_switch_is_critical(weighed) -> None:
    assert (weighed("vector(1)", constant=True).tier, weighed("vector(1)", constant=True).mode) == (
        "critical",
        "monitoring",
    )


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("x_backup_age", "backup"),
        ("xBackupAge", "backup"),
        ("x_backups", "backup"),
        ("disk is read only", "disk"),
        ("disk_read_only", "disk"),
        ("read_not_only", None),
        ("xfailed", None),
        ("x_failed_y", "errors"),
        ("x_failedy", None),
    ],
)
def test_words_are_whole_words_beginnings_or_phrases(words: Words, name: str, mode: str | None) -> None:
    found = words.best((name, ""), "value")
    assert (found.mode if found else None) == mode


@pytest.mark.parametrize(
    ("expr", "mode"),
    [
        ('rate(shop_replies{status=~"5.."}[5m]) > 1', "errors"),
        ('rate(shop_replies{code=~"^5[0-9][0-9]$"}[5m]) > 1', "errors"),
        ('rate(shop_replies{outcome="failed"}[5m]) > 1', "errors"),
        ('rate(shop_replies{status=~"2.."}[5m]) > 1', "other"),
        ('rate(shop_replies{job="failed"}[5m]) > 1', "other"),
        ('rate(shop_replies{outcome!="failed"}[5m]) > 1', "other"),
    ],
)
def test_selected_label_values_tell_how_it_went(metrics, expr: str, mode: str) -> None:
    assert weigh(metrics(), Words(shipped().words), signals(parse(expr)), {}, False, "").mode == mode
