from __future__ import annotations

import json

import pytest
import torch

from gan_core.latent.exchange import from_text, to_json, to_link
from gan_core.settings import UserError

Z = torch.randn(64, generator=torch.Generator().manual_seed(1))


def test_json_and_link_bring_back_every_bit() -> None:
    assert torch.equal(from_text(to_json(Z, "dcgan-mnist"), 64), Z)
    assert torch.equal(from_text(to_link(Z), 64), Z)
    assert torch.equal(from_text(json.dumps(Z.tolist()), 64), Z)


def test_a_link_holds_only_what_an_address_may() -> None:
    assert to_link(Z).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing to read"),
        ("  \n", "nothing to read"),
        ("[1, 2, 3]", "has 4 numbers, got 3"),
        (to_link(torch.zeros(5)), "has 4 numbers, got 5"),
        ("[NaN, 0, 0, 0]", "NaN"),
        ('{"z": [0, 0, 0, Infinity]}', "NaN or infinity"),
        (to_link(torch.tensor([float("nan"), 0, 0, 0])), "NaN"),
        ("[1e9, 0, 0, 0]", "from -1,000 to 1,000"),
        ("[1" + "0" * 400 + ", 0, 0, 0]", "far too large"),
        ('["a", 0, 0, 0]', "numbers only"),
        ("[true, 0, 0, 0]", "numbers only"),
        ('{"x": 1}', "holds no latent"),
        ("[1, 2", "no JSON"),
        ("[" * 50_000, "no JSON"),
        ("hello world", "neither JSON nor"),
        ("¿qué?", "neither JSON nor"),
        ("AAAA", "cut short"),
        ("[" + "0," * 200_000, "characters"),
    ],
)
def test_what_is_no_latent_is_explained(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        from_text(text, 4)
