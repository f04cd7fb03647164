from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
import torch

from gan_core.data import torchvision_guard
from gan_core.data.torchvision_guard import import_torchvision

MISSING = "operator torchvision::nms does not exist"


class _Installation:
    """Stands in for the import system: raises the errors given, one an import, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.imports = 0
        self.declared: list[str] = []
        self.left_over: list[bool] = []
        self.module = ModuleType("torchvision")

    def import_module(self, name: str) -> ModuleType:
        assert name == "torchvision"
        self.imports += 1
        self.left_over.append("torchvision.half" in sys.modules)
        sys.modules["torchvision.half"] = ModuleType("torchvision.half")  # submodules survive a failed import
        if self.errors:
            raise self.errors.pop(0)
        return self.module

    def define(self, name: str, schema: str) -> None:
        assert schema.endswith("-> Tensor")
        self.declared.append(name)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., _Installation]]:
    """Replaces the installed torchvision by a pretended one."""
    kept = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "torchvision"}

    def replace(*errors: Exception) -> _Installation:
        pretended = _Installation(*errors)
        monkeypatch.setattr(torchvision_guard.importlib, "import_module", pretended.import_module)
        monkeypatch.setattr(torch.library, "define", pretended.define)
        return pretended

    import_torchvision.cache_clear()
    yield replace
    monkeypatch.undo()
    import_torchvision.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    sys.modules.update(kept)


def test_a_whole_torchvision_is_left_as_it_is(install: Callable[..., _Installation]) -> None:
    pretended = install()
    assert import_torchvision() is pretended.module
    assert pretended.declared == []
    assert pretended.imports == 1


def test_missing_operators_are_declared_and_the_import_runs_again(
    install: Callable[..., _Installation],
) -> None:
    pretended = install(RuntimeError(MISSING))
    assert import_torchvision() is pretended.module
    assert pretended.declared == ["torchvision::nms", "torchvision::qnms"]
    assert pretended.left_over == [False, False]  # the second import found nothing half done


def test_it_is_imported_once(install: Callable[..., _Installation]) -> None:
    pretended = install(RuntimeError(MISSING))
    assert import_torchvision() is import_torchvision()
    assert pretended.imports == 2


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), ImportError("no torchvision")])
def test_any_other_error_is_passed_on(install: Callable[..., _Installation], error: Exception) -> None:
    pretended = install(error)
    with pytest.raises(type(error), match=str(error)):
        import_torchvision()
    assert pretended.declared == []


def test_the_installed_torchvision_knows_every_download() -> None:
    datasets = import_torchvision().datasets
    for name in ("MNIST", "FashionMNIST", "KMNIST"):
        published = getattr(datasets, name)
        assert all(mirror.endswith("/") for mirror in published.mirrors)
        assert [file for file, _ in published.resources] == [
            f"{split}-{part}-ubyte.gz"
            for split in ("train", "t10k")
            for part in ("images-idx3", "labels-idx1")
        ]
    assert datasets.EMNIST.url.endswith(".zip")
    assert datasets.CIFAR10.url.endswith(".tar.gz")
    assert all(len(md5) == 32 for md5 in (datasets.EMNIST.md5, datasets.CIFAR10.tgz_md5))
