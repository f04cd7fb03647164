"""The doctor on curves made for each verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from gan_core.doctor import RULES, Reference, examine, references_of
from gan_core.doctor.record import Curve, Record, crossings
from gan_core.families.cgan import CganSettings
from gan_core.families.mlp import MlpSettings
from gan_core.settings import TrainingSettings

STEPS = 2000
PLAIN = MlpSettings(lr_generator=1e-3, lr_discriminator=1e-3)
REFERENCES = {
    "modes": Reference(0.0, 8.0),
    "modes_near": Reference(1.0, 8.0),
    "classes": Reference(1.0, 10.0),
    "coverage": Reference(0.0, 0.95),
    "js_divergence": Reference(math.log(2), 0.01),
    "agreement": Reference(0.1, 0.98),
    "d_overfit": Reference(None, 0.0),
}


def curve(values: Sequence[float], last: int = STEPS) -> Curve:
    """Values at even steps up to the last."""
    return [round(last * (i + 1) / len(values)) for i in range(len(values))], list(values)


def balanced(**more: Curve) -> dict[str, Curve]:
    """The trainer's curves of a healthy run, and others."""
    flat = {"d_real": 0.6, "d_fake": 0.4, "grad_norm/generator": 1.0, "grad_norm/discriminator": 1.0}
    return {name: curve([value] * 200) for name, value in flat.items()} | more


def late_and_scattered() -> dict[str, Curve]:
    """A run of 4,000 steps whose points lie around all modes and hit none."""
    curves = balanced(modes=curve([0] * 9), high_quality=curve([0.01] * 9), modes_near=curve([8] * 9))
    return {name: curve(values, 4000) for name, (_, values) in curves.items()}


def names(curves: dict[str, Curve], **more: object) -> list[str]:
    return [verdict.name for verdict in examine(curves, REFERENCES, **more)]  # type: ignore[arg-type]


def test_healthy() -> None:
    (verdict,) = examine(balanced(modes=curve([2, 5, 8, 8, 8, 8, 8, 8])), REFERENCES, PLAIN)
    assert (verdict.name, verdict.severity, verdict.suggestions) == ("healthy", "well", ())
    assert "8 of 8 modes" in verdict.evidence
    images = balanced(classes=curve([10] * 6), coverage=curve([0.3, 0.6, 0.8, 0.8, 0.8, 0.8]))
    assert names(images) == ["healthy"]
    assert names(balanced(js_divergence=curve([0.6, 0.3, 0.1, 0.05, 0.05, 0.05]))) == ["healthy"]


def test_collapse_onto_some_modes_names_how_many_and_what_helps() -> None:
    curves = balanced(modes=curve([1, 3, 3, 3, 3, 3, 3, 3]), high_quality=curve([0.9] * 8))
    (verdict,) = examine(curves, REFERENCES, PLAIN, TrainingSettings())
    assert verdict.name == "collapse"
    assert "3 of 8 modes" in verdict.evidence
    assert "90\u00a0%" in verdict.evidence
    by_name = {change.setting: change for change in verdict.suggestions}
    assert (by_name["lr_generator"].old, by_name["lr_generator"].new) == (1e-3, 5e-4)
    assert by_name["r1_gamma"].new == 0.1
    assert [name for name, change in by_name.items() if not change.live] == ["packing"]
    assert "g_steps" not in by_name  # it is 1 already


def test_what_belongs_together_is_one_suggestion_without_what_is_so_already() -> None:
    curves = balanced(modes=curve([3] * 8))
    settings = MlpSettings(g_steps=5, r1_gamma=0.5)
    recipe = examine(curves, REFERENCES, settings)[0].suggestions[0]
    assert recipe.changes == {
        "relativistic": True, "lr_discriminator": 1e-3, "r2_gamma": 0.1, "g_steps": 1, "beta1": 0.0
    }  # fmt: skip
    assert recipe.live
    assert recipe.why
    settings = MlpSettings(relativistic=True, lr_discriminator=2e-3, r2_gamma=0.1, beta1=0.0)
    assert examine(curves, REFERENCES, settings)[0].suggestions[0].changes == {"r1_gamma": 0.1}


def test_the_limit_that_decides_can_be_drawn() -> None:
    lines = {rule.name: rule.line(Record(balanced(), REFERENCES)) for rule in RULES}
    assert lines["collapse"] is None  # nothing counts modes in this run
    assert lines["vanishing"] == ("grad_norm/generator", pytest.approx(0.05))
    record = Record(
        balanced(modes=curve([3] * 4), agreement=curve([0.1] * 4), d_overfit=curve([0.0] * 4)), REFERENCES
    )
    lines = {rule.name: rule.line(record) for rule in RULES}
    assert lines["collapse"] == ("modes", pytest.approx(7.2))
    assert lines["label_ignored"] == ("agreement", pytest.approx(0.1 + 0.15 * 0.88))
    assert lines["d_overfits"] == ("d_overfit", 0.2)


def test_groups_are_called_groups_and_not_classes() -> None:
    groups = {"classes": Reference(1.0, 10.0, "groups of similar images")}
    verdict = examine(balanced(classes=curve([4] * 8)), groups)[0]
    assert "4 of 10 groups of similar images" in verdict.evidence


def test_seven_of_eight_is_collapse_too_and_ten_classes_are_counted_alike() -> None:
    assert names(balanced(modes=curve([7] * 8))) == ["collapse"]
    assert names(balanced(classes=curve([4] * 8))) == ["collapse"]
    assert names(balanced(classes=curve([9] * 8), coverage=curve([0.9] * 8))) == ["healthy"]


def test_what_still_grows_has_not_collapsed() -> None:
    assert names(balanced(modes=curve([0, 1, 2, 3, 4, 5]))) == ["learning"]
    assert names(balanced(modes=curve([0, 1, 2, 3, 3, 3, 3, 3]))) == ["collapse"]


def test_frequent_measurements_are_looked_at_over_as_many_steps_as_rare_ones() -> None:
    rising = [4, 5, 6, 6, 7, 7, 8, 8, 8, 8]
    assert "collapse" not in names({"classes": curve(rising, 500)})
    assert "collapse" in names({"classes": curve([*rising, *[8] * 10], 1000)})


def test_three_measurements_are_enough_if_the_newest_two_bring_nothing() -> None:
    assert "collapse" in names({"classes": curve([1, 1, 1], 2100)})
    assert "collapse" not in names({"classes": curve([1, 8, 8], 2100)})
    assert "collapse" not in names({"classes": curve([1, 1], 2100)})


def test_points_beside_the_data_are_no_collapse_onto_modes() -> None:
    (verdict,) = examine(late_and_scattered(), REFERENCES, PLAIN)
    assert verdict.name == "astray"
    assert "at most 1.0\u00a0% of the points" in verdict.evidence
    finding = late_and_scattered() | {"high_quality": curve([0, 0, 0, 0, 0.01, 0.01, 0.02, 0.04], 4000)}
    assert names(finding) == ["learning"]


def test_points_that_gather_in_one_place_have_collapsed_though_they_hit_no_mode() -> None:
    blurred = {"modes": curve([0] * 8), "high_quality": curve([0.0] * 8)}
    (verdict,) = examine(balanced(**blurred, modes_near=curve([3, 2, 1, 2, 1, 2, 1, 1])), REFERENCES, PLAIN)
    assert verdict.name == "collapse"
    assert "gather around at most 2 of 8 modes" in verdict.evidence
    assert names(late_and_scattered()) == ["astray"]


def test_what_was_before_a_change_is_not_held_against_it() -> None:
    curves = balanced(modes=curve([3] * 8 + [8] * 8), high_quality=curve([0.9] * 16))
    assert names(curves, since=STEPS // 2) == ["healthy"]
    stuck = balanced(modes=curve([3] * 16), high_quality=curve([0.9] * 16))
    assert names(stuck, since=STEPS // 2) == ["collapse"]
    (verdict,) = examine(stuck, REFERENCES, since=STEPS - 100)
    assert verdict.name == "too_early"
    assert "100 steps are done since the settings changed at step 1,900" in verdict.sentence


def test_one_mode_after_none_is_no_growth_in_a_run_that_had_two() -> None:
    assert names(balanced(modes=curve([0, 1, 0, 2, 0, 0, 1, 1]))) == ["collapse"]


def test_a_part_that_is_lost() -> None:
    assert names(balanced(js_divergence=curve([0.6, 0.3, 0.25, 0.25, 0.25, 0.25]))) == ["part_lost"]
    fallen = curve([0.5, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4])
    (verdict,) = examine(balanced(classes=curve([10] * 7), coverage=fallen), REFERENCES, PLAIN)
    assert verdict.name == "part_lost"
    assert "was 80\u00a0% and is at most 40\u00a0%" in verdict.evidence


@pytest.mark.parametrize(
    "coverage",
    [
        [0, 0, 0.82, 0.93],
        [0, 0, 0, 0, 0.03, 0.87],
        [0.9] * 4 + [0.4],
        [0.9] * 4 + [0.4] * 3 + [0.9],
    ],
)
def test_coverage_that_rises_or_dips_is_no_loss(coverage: list[float]) -> None:
    """The first two were the beginnings of healthy runs, on MNIST and on the small digits."""
    curves = balanced(classes=curve([10] * len(coverage)), coverage=curve(coverage))
    assert "part_lost" not in names(curves)


def test_d_too_strong() -> None:
    curves = balanced(d_real=curve([0.99] * 200), d_fake=curve([0.01] * 200))
    (verdict,) = examine(curves, REFERENCES, PLAIN)
    assert verdict.name == "d_too_strong"
    assert "D(real) is 0.99 and D(fake) 0.01" in verdict.evidence
    assert (verdict.suggestions[0].setting, verdict.suggestions[0].new) == ("lr_discriminator", 5e-4)


def test_vanishing_gradient_needs_a_small_gradient_and_a_sure_d() -> None:
    fading = curve([1.0] * 60 + [0.001] * 140)
    sure = {"d_real": curve([0.99] * 200), "d_fake": curve([0.01] * 200)}
    minimax = MlpSettings(loss="minimax")
    first = examine(balanced(**sure) | {"grad_norm/generator": fading}, REFERENCES, minimax)[0]
    assert first.name == "vanishing"
    assert (first.suggestions[0].setting, first.suggestions[0].new) == ("loss", "non_saturating")
    assert "vanishing" not in names(balanced() | {"grad_norm/generator": fading})
    assert "vanishing" not in names(balanced(**sure))
    leap = balanced(**sure) | {"grad_norm/generator": curve([1.0] * 60 + [100.0] + [0.3] * 139)}
    assert "vanishing" not in names(leap)


def test_oscillation_of_what_is_made_and_of_the_lead() -> None:
    curves = balanced(modes=curve([8, 2, 8, 1, 8, 2, 8, 1]))
    (verdict,) = examine(curves, REFERENCES)
    assert verdict.name == "oscillation"
    assert "between 1 and 8" in verdict.evidence
    assert "oscillation" not in names(balanced(modes=curve([8, 2, 8, 2, 8, 8, 8, 8])))  # it has settled
    jitter = [10, 8, 10, 8, 5, 10, 8, 10]
    assert "oscillation" not in names(balanced(classes=curve(jitter)))  # one low measurement may be chance
    swinging = [0.5 + 0.45 * math.sin(i / 2) for i in range(200)]
    curves = balanced(d_real=curve(swinging), d_fake=curve([1 - value for value in swinging]))
    assert names(curves) == ["oscillation"]
    stray = [0.9, 0.7] * 85 + [0.9, 0.7] * 14 + [-1.0, 0.8]
    assert "oscillation" not in names(balanced(d_real=curve(stray), d_fake=curve([0.0] * 200)))
    hopping = balanced(modes=curve([8] * 9), turnover=curve([0.9, 0.7] * 5))
    assert names(hopping) == ["oscillation"]
    assert names(balanced(modes=curve([8] * 9), turnover=curve([0.7, 0.2] * 5))) == ["healthy"]
    climbing = [0.2 + 0.003 * i for i in range(200)]
    assert "oscillation" not in names(balanced(d_real=curve(climbing)))


def test_an_oscillation_is_shown_by_what_swings_alone() -> None:
    rule = next(rule for rule in RULES if rule.name == "oscillation")
    swinging = curve([0.5 + 0.45 * math.sin(i / 2) for i in range(200)])
    for curves, shown in (
        (balanced(modes=curve([8, 2, 8, 1, 8, 2, 8, 1])), ("modes",)),
        (balanced(turnover=curve([0.9, 0.7] * 5)), ("turnover",)),
        (balanced(d_real=swinging), ("d_real", "d_fake")),
        (balanced(), rule.reads),
    ):
        assert rule.curves(Record(curves, REFERENCES)) == shown
    collapse = next(rule for rule in RULES if rule.name == "collapse")
    assert collapse.curves(Record(balanced(modes=curve([1] * 9)), REFERENCES)) == ("modes",)


def test_a_discriminator_that_knows_its_data_is_watched_and_the_run_may_be_well() -> None:
    curves = balanced(classes=curve([10] * 6), d_overfit=curve([0.0, 0.1, 0.25, 0.3, 0.35]))
    found = examine(curves, REFERENCES, PLAIN)
    assert [(verdict.name, verdict.severity) for verdict in found] == [
        ("d_overfits", "watch"),
        ("healthy", "well"),
    ]
    width = next(change for change in found[0].suggestions if change.setting == "discriminator_width")
    assert (width.old, width.new, width.live) == (128, 64, False)


def test_an_ignored_label() -> None:
    curves = balanced(classes=curve([10] * 6), agreement=curve([0.1, 0.11, 0.1, 0.12]))
    assert names(curves) == ["label_ignored"]
    assert names(balanced(classes=curve([10] * 6), agreement=curve([0.1, 0.5, 0.8, 0.9]))) == ["healthy"]


def test_all_modes_far_from_their_true_law_are_not_called_healthy() -> None:
    assert names(balanced(modes=curve([8] * 9), js_divergence=curve([0.45] * 9))) == ["learning"]
    assert names(balanced(modes=curve([8] * 9), js_divergence=curve([0.15] * 9))) == ["healthy"]


def test_nothing_is_judged_early_or_from_nothing() -> None:
    assert names({}) == ["too_early"]
    early = {"modes": curve([1] * 8, last=300), "d_real": curve([0.99] * 100, last=300)}
    assert names(early) == ["too_early"]
    assert names(balanced()) == ["learning"]


def test_values_that_are_no_numbers_are_passed_over() -> None:
    values = [math.nan if i % 3 == 0 else 3.0 for i in range(18)]
    assert names(balanced(modes=curve(values))) == ["collapse"]


def test_a_change_the_settings_refuse_is_not_suggested() -> None:
    curves = balanced(classes=curve([10] * 6), agreement=curve([0.1] * 4))
    (verdict,) = examine(curves, REFERENCES, CganSettings(lambda_class=30.0))
    assert ("lambda_class", 60.0) in [(change.setting, change.new) for change in verdict.suggestions]
    (verdict,) = examine(curves, REFERENCES, CganSettings(lambda_class=80.0))  # twice as much is above 100
    assert "lambda_class" not in [change.setting for change in verdict.suggestions]
    assert examine(curves, REFERENCES)[0].suggestions == ()


def test_every_rule_shows_its_thresholds_and_only_those() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.reads
        assert all(limit.words and limit.value > 0 for limit in rule.thresholds.values()), rule.name
        looked_up: set[str] = set()

        class Limits(dict[str, float]):
            def __getitem__(self, name: str, seen: set[str] = looked_up) -> float:
                seen.add(name)
                return dict.__getitem__(self, name)

        limits = Limits({name: limit.value for name, limit in rule.thresholds.items()})
        for curves in (
            balanced(),
            balanced(modes=curve([1.0, 8.0] * 8), agreement=curve([0.1] * 9), d_overfit=curve([0.9] * 5)),
            balanced(classes=curve([10.0] * 9), coverage=curve([0.9] * 5 + [0.1] * 4)),
            balanced(js_divergence=curve([0.5] * 9), turnover=curve([0.9] * 9)),
            balanced(modes=curve([8.0] * 9), js_divergence=curve([0.5] * 9)),
            balanced(modes=curve([2.0] * 9), high_quality=curve([0.9] * 9)),
            balanced(modes=curve([0.0] * 9), high_quality=curve([0.01] * 9), modes_near=curve([8.0] * 9)),
            late_and_scattered(),
            {name: curve([0.99 if name == "d_real" else 0.001] * 60) for name in balanced()}
            | {"grad_norm/generator": curve([1.0] * 20 + [0.001] * 40)},
            balanced() | {"d_real": curve([1.0, 0.2] * 100), "d_fake": curve([0.0] * 200)},
        ):
            rule.evidence(Record(curves, REFERENCES), limits)
        assert looked_up == set(rule.thresholds), rule.name


def test_references_come_from_what_the_worker_noted() -> None:
    noted = [
        {"name": "modes", "worst": [0.0, "none"], "best": [8.0, "all"]},
        {"name": "frechet", "worst": None, "best": [3.5, "real images"]},
    ]
    assert references_of(noted) == {"modes": Reference(0.0, 8.0), "frechet": Reference(None, 3.5)}


@pytest.mark.parametrize(("values", "times"), [([1, 2, 3, 4], 1), ([1, 0, 1, 0], 3)])
def test_crossings_of_the_mean(values: list[float], times: int) -> None:
    assert crossings(values) == times
