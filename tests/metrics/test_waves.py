"""Sines are read back exactly, and what is no sine is told apart."""

import math

import pytest
import torch

from gan_core.metrics.waves import nearest_sines


def sine(cycles, height, phase, length=30):
    time = torch.arange(1, length + 1) / length
    return height * torch.sin(2 * math.pi * cycles * time + phase)


@pytest.mark.parametrize(("cycles", "height", "phase"), [(1.0, 0.1, 0.0), (2.5, 0.9, 2.0), (4.98, 0.4, -3.0)])
def test_cycles_and_height_are_read_back_whatever_the_phase(cycles, height, phase):
    waves = nearest_sines(sine(cycles, height, phase)[None])
    assert float(waves.cycles) == pytest.approx(cycles, abs=0.011)
    assert float(waves.heights) == pytest.approx(height, rel=0.02)
    assert float(waves.fit) > 0.999


def test_noise_silence_and_two_sines_are_no_clean_sine():
    noise = torch.randn(30, generator=torch.Generator().manual_seed(0))
    both = sine(1.0, 0.5, 0.0) + sine(4.0, 0.5, 1.0)
    fit = nearest_sines(torch.stack([noise, torch.zeros(30), both])).fit
    assert fit[0] < 0.8
    assert fit[1] == 0
    assert fit[2] == pytest.approx(0.5, abs=0.1)
