"""Puts the commands together; a user's mistake becomes one sentence and exit code 2."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from gan_core.cli.diagnose import diagnose
from gan_core.cli.evaluate import evaluate
from gan_core.cli.publish import publish
from gan_core.cli.runs import runs
from gan_core.cli.sample import sample
from gan_core.cli.settings_table import settings
from gan_core.cli.spot import spot
from gan_core.cli.train import TrainCommand, train
from gan_core.settings import UserError

USER_ERROR = 2  # exit code, the same as for an option that does not exist


class Lab(TyperGroup):
    """The root command."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; a UserError is told in one sentence instead of a traceback."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(USER_ERROR) from None


app = typer.Typer(
    cls=Lab,
    help="An interactive lab for generative adversarial networks, from the terminal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command(cls=TrainCommand)(train)
app.command()(settings)
app.add_typer(runs, name="runs")
app.command()(sample)
app.command()(evaluate)
app.command()(diagnose)
app.command()(spot)
app.command()(publish)
