"""Formulas say what the losses compute: both are evaluated on the same numbers."""

from __future__ import annotations

import math
import re

import pytest
import torch

from gan_core.formulas import Symbols, adversarial, formula_of, penalties
from gan_core.losses import LOSSES

REAL, FAKE = 0.7, -0.4


def value(latex: str) -> float:
    """The number a formula gives for C(x) = REAL and C(G(z)) = FAKE."""
    text = latex.replace("C(G(z))", f"({FAKE})").replace("C(x)", f"({REAL})")
    text = re.sub(r"\\mathbb\{E\}", "", text).replace(r"\tfrac{1}{2}", "0.5*")
    text = (
        text.replace(r"\log", "log").replace(r"\sigma", "sigma").replace(r"\max", "max").replace("^2", "**2")
    )
    text = re.sub(r"log sigma(\(.*?\)\)|\([^()]*(?:\([^()]*\)[^()]*)*\))", r"log(sigma\1)", text)
    text = text.replace("log (", "log(").replace("0.5* (", "0.5*(").replace("[", "(").replace("]", ")")
    names = {"log": math.log, "sigma": lambda s: 1 / (1 + math.exp(-s)), "max": max}
    return float(eval(text, {"__builtins__": {}}, names))


@pytest.mark.parametrize("relativistic", [False, True])
@pytest.mark.parametrize("name", LOSSES)
def test_a_formula_gives_what_the_loss_computes(name, relativistic):
    found, loss = adversarial(name, relativistic=relativistic, symbols=Symbols()), LOSSES[name]
    real, fake = torch.tensor([REAL]), torch.tensor([FAKE])
    judge = loss.discriminator_loss(real, fake, relativistic=relativistic)
    make = loss.generator_loss(fake, real if relativistic else None)
    assert value(found["discriminator/adversarial"]) == pytest.approx(float(judge), abs=1e-6)
    assert value(found["generator/adversarial"]) == pytest.approx(float(make), abs=1e-6)


def test_a_formula_is_found_by_the_phase_or_by_its_role():
    formulas = {"generator/adversarial": "role", "level2/generator/adversarial": "phase"}
    assert formula_of(formulas, "level2/generator", "adversarial") == "phase"
    assert formula_of(formulas, "level1/generator", "adversarial") == "role"
    assert formula_of(formulas, "generator", "other") is None


def test_symbols_stand_where_the_examples_stand():
    told = penalties(Symbols("x, y", "G(z, y), y"))
    assert "C(x, y)" in told["discriminator/r1"]
    assert "C(G(z, y), y)" in told["discriminator/r2"]
