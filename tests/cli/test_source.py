"""Commands take a run at any of its checkpoints."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from gan_core.cli.app import app
from gan_core.runs.store import RunStore
from tests.short_runs import tiny_game, trained_run

runner = CliRunner()


def test_a_run_is_taken_at_its_latest_checkpoint_or_the_one_asked_for(tmp_path: Path) -> None:
    store = RunStore()
    run_id = trained_run(store, tiny_game())
    (last,) = store.checkpoint_steps(run_id)
    commands = (
        ["evaluate", run_id, "--n", "60"],
        ["diagnose", run_id, "--n", "60"],
        ["sample", run_id, "--n", "4", "--yes", "--out", str(tmp_path / "points.npz")],
    )
    for command in commands:
        done = runner.invoke(app, [*command, "--step", str(last)])
        assert done.exit_code == 0, done.output
        wrong = runner.invoke(app, [*command, "--step", str(last + 1)])
        assert wrong.exit_code == 2, wrong.output
        assert str(last + 1) in wrong.output
