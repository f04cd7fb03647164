"""Loops that benchmarks compare, each in its own process: "go SECONDS" on stdin, steps per second back.

"tutorial" is what introductions to GANs show: the same layers from torch.nn alone, float32, a DataLoader with
transforms for each image, BCEWithLogitsLoss, three `.item()` calls a step. "bare trainer" is this project's
trainer, recording nothing.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from PIL import Image
from torch import nn

from gan_core.building import build_family, build_trainer, resolve_config
from gan_core.data import ImageDataset, load_dataset
from gan_core.data.torchvision_guard import import_torchvision
from gan_core.layers import BatchNorm1d, BatchNorm2d, ToMap, ToVector
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.thin import ThinConv2d, ThinConvTranspose2d


class OneByOne(torch.utils.data.Dataset):
    """A data set as tutorials read it: each image a picture, transformed on its own."""

    def __init__(self, data: ImageDataset) -> None:
        transforms = import_torchvision().transforms
        self.data = data
        side = data.spec.shape[-1]
        mean = (0.5,) * data.spec.shape[0]
        self.transform = transforms.Compose(
            [transforms.Resize(side), transforms.ToTensor(), transforms.Normalize(mean, mean)]
        )

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        pixels = self.data.images[index].permute(1, 2, 0).squeeze(-1).numpy()
        return self.transform(Image.fromarray(pixels)), int(self.data.labels[index])


def plain(network: nn.Module) -> nn.Sequential:
    """The layers of a network as an introduction writes them, with PyTorch's own first weights."""
    return nn.Sequential(*(_plain_layer(layer) for layer in network.children()))


def _plain_layer(layer: nn.Module) -> nn.Module:
    match layer:
        case ThinConv2d():
            return nn.Conv2d(layer.in_channels, layer.out_channels, 4, 2, 1)
        case ThinConvTranspose2d():
            return nn.ConvTranspose2d(layer.in_channels, layer.out_channels, 4, 2, 1)
        case BatchNorm2d():
            return nn.BatchNorm2d(layer.num_features)
        case BatchNorm1d():
            return nn.BatchNorm1d(layer.num_features)
        case ToMap():
            return nn.Unflatten(1, (layer.channels, layer.side, layer.side))
        case ToVector():
            return nn.Flatten()
    return layer


def tutorial(config: RunConfig, loader_workers: int) -> Iterator[None]:
    """Alternating updates of the run's networks, one step per iteration."""
    data = load_dataset(config.dataset, image_size=config.training.image_size)
    family = build_family(config, data.spec)
    generator, discriminator = (plain(family.modules()[name]) for name in ("generator", "discriminator"))
    loss_of = nn.BCEWithLogitsLoss()
    settings = family.settings.model_dump()
    betas = (settings["beta1"], settings["beta2"])
    adam_d = torch.optim.Adam(discriminator.parameters(), settings["lr_discriminator"], betas)
    adam_g = torch.optim.Adam(generator.parameters(), settings["lr_generator"], betas)
    loader = torch.utils.data.DataLoader(
        OneByOne(data), config.training.batch_size, shuffle=True, num_workers=loader_workers
    )
    while True:
        for real, _ in loader:
            ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
            discriminator.zero_grad()
            loss_real = loss_of(discriminator(real), ones)
            loss_real.backward()
            fake = generator(torch.randn(len(real), settings["z_dim"]))
            loss_fake = loss_of(discriminator(fake.detach()), zeros)
            loss_fake.backward()
            adam_d.step()
            generator.zero_grad()
            loss_g = loss_of(discriminator(fake), ones)
            loss_g.backward()
            adam_g.step()
            loss_real.item(), loss_fake.item(), loss_g.item()
            yield


def bare(config: RunConfig) -> Iterator[None]:
    """The project's trainer, which computes no values beside the losses it minimises."""
    for _ in build_trainer(config).run(record=lambda step: False):
        yield


def serve(steps: Iterator[None], warm_up: int = 3) -> None:
    """Answers each "go SECONDS" with the steps per second reached."""
    for _ in range(warm_up):
        next(steps)
    print("ready", flush=True)
    for line in sys.stdin:
        seconds, count, start = float(line.split()[1]), 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            next(steps)
            count += 1
        print(count / (time.perf_counter() - start), flush=True)


def config_for(dataset: str, batch_size: int) -> RunConfig:
    """An open-ended run of the default DCGAN without the R1 penalty, which the tutorial does not have."""
    training = TrainingSettings(steps=None, batch_size=batch_size)
    settings = {"r1_gamma": 0}
    return resolve_config(RunConfig(family="dcgan", dataset=dataset, settings=settings, training=training))


LOOPS: dict[str, Callable[[RunConfig], Iterator[None]]] = {
    "tutorial": lambda config: tutorial(config, 0),
    "tutorial with 2 loader processes": lambda config: tutorial(config, 2),
    "bare trainer": bare,
}

if __name__ == "__main__":
    serve(LOOPS[sys.argv[1]](config_for(sys.argv[2], int(sys.argv[3]))))
