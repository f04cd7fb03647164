from __future__ import annotations

import pytest

from gan_core import weights
from gan_core.family import Family


@pytest.fixture(scope="session")
def digits() -> Family:
    return weights.load("dcgan-digits").family


@pytest.fixture(scope="session")
def judge() -> Family:
    return weights.load("classifier-digits").family
