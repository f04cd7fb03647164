from __future__ import annotations

import itertools

import pytest
import torch

from gan_core.data.datasets import ImageDataset
from gan_core.data.points import ring8
from gan_core.data.stream import BatchStream
from gan_core.phases import Batch, DataSpec
from gan_core.settings import UserError


def _images(n: int = 10, *, labelled: bool = True) -> ImageDataset:
    """Image k is filled with the value k and labelled k."""
    pixels = torch.arange(n, dtype=torch.uint8).reshape(n, 1, 1, 1).expand(n, 1, 4, 4).contiguous()
    labels = torch.arange(n) if labelled else None
    return ImageDataset("counting", pixels, labels, tuple(map(str, range(n))) if labelled else ())


def _stream(dataset: object, batch_size: int, seed: int = 0) -> BatchStream:
    return BatchStream(dataset, batch_size, torch.Generator().manual_seed(seed))  # type: ignore[arg-type]


def _numbers(batch: Batch) -> list[int]:
    return ((batch.real[:, 0, 0, 0] + 1) * 127.5).round().int().tolist()


def test_images_become_floats_from_minus_one_to_one() -> None:
    images = torch.tensor([0, 255, 51], dtype=torch.uint8).reshape(3, 1, 1, 1)
    batch = ImageDataset("three", images).batch(torch.tensor([1, 0, 2]))
    assert batch.real.dtype == torch.float32
    torch.testing.assert_close(batch.real.flatten(), torch.tensor([1.0, -1.0, -0.6]))
    assert batch.y is None


def test_the_spec_counts_classes_only_if_there_are_labels() -> None:
    assert _images().spec == DataSpec("images", (1, 4, 4), 10)
    assert _images(labelled=False).spec == DataSpec("images", (1, 4, 4), 0)
    assert ring8().spec == DataSpec("points", (2,), 0)


def test_labels_stay_with_their_images() -> None:
    stream = _stream(_images(), 3)
    for _ in range(20):
        batch = stream.next()
        assert batch.y is not None
        assert batch.y.dtype == torch.int64
        assert batch.y.tolist() == _numbers(batch)


def test_an_epoch_shows_every_image_once_in_an_order_of_its_own() -> None:
    stream = _stream(_images(), 5)
    epochs = [_numbers(stream.next()) + _numbers(stream.next()) for _ in range(3)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_every_batch_is_full_and_the_epoch_counts_up() -> None:
    stream = _stream(_images(), 4)
    assert stream.batches_per_epoch == 2
    seen = []
    for _ in range(5):
        assert len(stream.next().real) == 4
        seen.append(stream.epoch)
    assert seen == [0, 0, 1, 1, 2]


def test_the_same_seed_gives_the_same_batches() -> None:
    first, again, other = _stream(_images(), 4), _stream(_images(), 4), _stream(_images(), 4, seed=1)
    pairs = [(_numbers(first.next()), _numbers(again.next()), _numbers(other.next())) for _ in range(6)]
    assert all(a == b for a, b, _ in pairs)
    assert any(a != c for a, _, c in pairs)


@pytest.mark.parametrize("stopped_after", range(8))
def test_a_resumed_stream_goes_on_as_if_never_stopped(stopped_after: int) -> None:
    uninterrupted = _stream(_images(), 3)  # three batches an epoch: stops within epochs and between them
    expected = [_numbers(uninterrupted.next()) for _ in range(16)]
    stopped = _stream(_images(), 3)
    for _ in range(stopped_after):
        stopped.next()
    resumed = _stream(_images(), 3, seed=99)
    resumed.load_state_dict(stopped.state_dict())
    assert [_numbers(resumed.next()) for _ in range(16 - stopped_after)] == expected[stopped_after:]
    assert resumed.epoch == uninterrupted.epoch


def test_resuming_restores_a_generator_that_is_used_by_others_too() -> None:
    rng = torch.Generator().manual_seed(0)
    stream = BatchStream(_images(), 4, rng)
    stream.next()
    torch.randn(7, generator=rng)
    state = stream.state_dict()
    expected = (torch.randn(3, generator=rng), [_numbers(stream.next()) for _ in range(4)])
    stream.load_state_dict(state)
    assert torch.equal(torch.randn(3, generator=rng), expected[0])
    assert [_numbers(stream.next()) for _ in range(4)] == expected[1]


def test_a_saved_state_does_not_move_on_with_the_stream() -> None:
    stream = _stream(_images(), 3)
    state = stream.state_dict()
    expected = [_numbers(stream.next()) for _ in range(8)]
    stream.load_state_dict(state)
    assert [_numbers(stream.next()) for _ in range(8)] == expected


def test_the_state_is_tensors_and_plain_numbers() -> None:
    state = _stream(_images(), 3).state_dict()
    assert all(isinstance(value, torch.Tensor | int) for value in state.values())


def test_points_are_drawn_afresh_and_resume_bit_equal() -> None:
    stream = _stream(ring8(), 16)
    drawn = [stream.next() for _ in range(3)]
    assert not any(torch.equal(a.real, b.real) for a, b in itertools.pairwise(drawn))
    assert drawn[0].real.shape == (16, 2)
    assert drawn[0].y is None
    assert stream.batches_per_epoch is None
    resumed = _stream(ring8(), 16, seed=5)
    resumed.load_state_dict(stream.state_dict())
    for _ in range(3):
        assert torch.equal(resumed.next().real, stream.next().real)


def test_a_batch_larger_than_the_data_set_is_refused() -> None:
    assert len(_stream(_images(), 10).next().real) == 10
    with pytest.raises(
        UserError, match="a batch of 11 is larger than the data set 'counting', which has 10 training images"
    ):
        _stream(_images(), 11)


def test_a_state_of_other_images_is_refused() -> None:
    state = _stream(_images(9), 3).state_dict()
    with pytest.raises(UserError, match="now has 10 images, but the run was training on 9"):
        _stream(_images(10), 3).load_state_dict(state)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_the_order_is_that_of_the_cpu() -> None:
    on_cpu = _stream(_images(), 3)
    on_gpu = BatchStream(_images(), 3, torch.Generator().manual_seed(0), "cuda")
    for _ in range(8):
        batch = on_gpu.next()
        assert batch.real.is_cuda
        assert torch.equal(batch.real.cpu(), on_cpu.next().real)
