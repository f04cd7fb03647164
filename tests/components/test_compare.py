from __future__ import annotations

from collections.abc import Callable

from gan_core.building import resolve_config
from gan_core.runs.reader import Series
from gan_core.runs.records import Event, Run
from gan_core.settings import RunConfig
from pages.components import colours, curve_lines, run_list
from pages.components.compare import differences

MakeRun = Callable[..., Run]
SERIES = Series((1, 2), (0.5, 0.6))


def _config(**settings: object) -> RunConfig:
    return resolve_config(RunConfig(family="dcgan", dataset="digits", settings=settings))  # type: ignore[arg-type]


def test_only_what_differs_is_listed_with_the_labels_of_the_page(make_run: MakeRun) -> None:
    first = make_run("one222", config=_config(lr_generator=1e-3))
    second = make_run("two222", config=_config(lr_generator=2e-4, relativistic=True))
    assert differences(first, second) == [
        ("Relativistic pairing", "off", "on"),
        ("Generator learning rate", "0.001", "2e-4"),
    ]


def test_equal_runs_differ_in_nothing(make_run: MakeRun) -> None:
    assert differences(make_run("one222"), make_run("two222")) == []


def test_runs_of_the_same_name_are_told_apart(make_run: MakeRun) -> None:
    runs = [make_run("one222", name="a"), make_run("two222", name="b"), make_run("three2", name="a")]
    assert run_list.switch_titles(runs) == {"one222": "a (one222)", "two222": "b", "three2": "a (three2)"}


def test_each_network_has_its_colour_and_a_loss_its_name() -> None:
    lines = curve_lines.loss_lines({"discriminator/adversarial": SERIES, "generator/adversarial": SERIES})
    assert [line.name for line in lines] == ["Discriminator loss", "Generator loss"]
    assert [line.colour for line in lines] == [colours.DISCRIMINATOR, colours.FAKE]


def test_several_losses_of_a_network_are_told_apart() -> None:
    names = (
        "discriminator/adversarial",
        "discriminator/r1",
        "discriminator/gradient_penalty",
        "generator/adversarial",
    )
    lines = curve_lines.loss_lines(dict.fromkeys(names, SERIES))
    assert [line.name for line in lines] == ["D adversarial", "D R1", "D gradient penalty", "G loss"]
    assert lines[0].colour == colours.DISCRIMINATOR
    assert lines[0].colour not in {line.colour for line in lines[1:]}


def test_scores_and_gradients_are_no_losses() -> None:
    assert curve_lines.loss_lines({"d_real": SERIES, "grad_norm/generator": SERIES}) == []
    assert [line.name for line in curve_lines.gradient_lines({"grad_norm/generator": SERIES})] == [
        "Generator"
    ]
    assert [line.colour for line in curve_lines.score_lines({"d_fake": SERIES})] == [colours.FAKE]


def test_what_a_family_shows_besides_has_a_curve_with_its_unit() -> None:
    names = ("d_real", "discriminator/adversarial", "grad_norm/generator", "information_cat")
    (line,) = curve_lines.stat_lines(dict.fromkeys(names, SERIES))
    assert line.name == "I(c; x) of the categorical codes, in nats"


def _change(step: int, rate: float) -> Event:
    return Event(step, step, 0.0, "setting", {"changes": {"lr_generator": [1e-3, rate]}})


def test_changes_of_settings_are_marked_and_other_events_are_not() -> None:
    events = [_change(100, 5e-4), _change(900, 2e-4), Event(9, 1000, 0.0, "state", {"state": "paused"})]
    assert curve_lines.change_marks(events) == [(100, "lr G 5e-4"), (900, "lr G 2e-4")]


def test_of_changes_close_together_the_newest_is_labelled() -> None:
    events = [_change(100, 5e-4), _change(880, 3e-4), _change(900, 2e-4), _change(1000, 1e-4)]
    assert curve_lines.change_marks(events) == [(100, "lr G 5e-4"), (880, ""), (900, ""), (1000, "lr G 1e-4")]
