from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import urllib.error
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from gan_core.data import download as module
from gan_core.data import load_dataset
from gan_core.data.catalogue import REMOTE_FILES, dataset_status
from gan_core.data.download import download
from gan_core.settings import UserError

Serve = Callable[..., list[str]]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Puts a pretended torchvision and a pretended network in place; returns the addresses asked for."""

    def place(published: dict[str, object], answers: dict[str, bytes | Exception]) -> list[str]:
        asked: list[str] = []

        def urlopen(url: str, timeout: float) -> io.BytesIO:
            asked.append(url)
            assert timeout > 0
            answer = answers.get(url, urllib.error.URLError("no route to host"))
            if isinstance(answer, Exception):
                raise answer
            return io.BytesIO(answer)

        classes = SimpleNamespace(**{name: SimpleNamespace(**about) for name, about in published.items()})
        monkeypatch.setattr(module, "import_torchvision", lambda: SimpleNamespace(datasets=classes))
        monkeypatch.setattr(module.urllib.request, "urlopen", urlopen)
        return asked

    return place


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _quiet(text: str, fraction: float) -> None:
    """Progress of the downloads nobody watches."""


def _idx_files(name: str = "mnist") -> dict[str, bytes]:
    remote = REMOTE_FILES[name]
    return {f"{file}.gz": gzip.compress(file.encode()) for file in remote.train + remote.test}


def _mnist(files: dict[str, bytes], *mirrors: str) -> dict[str, object]:
    resources = [(file, _md5(data)) for file, data in files.items()]
    return {"MNIST": {"mirrors": list(mirrors), "resources": resources}}


def test_files_arrive_in_torchvisions_layout(
    data_dir: Path, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    files = _idx_files()
    serve(_mnist(files, "http://a/"), {f"http://a/{file}": data for file, data in files.items()})
    told: list[tuple[str, float]] = []
    download("mnist", lambda text, fraction: told.append((text, fraction)))
    assert {path.name: path.read_bytes() for path in (data_dir / "MNIST" / "raw").iterdir()} == files
    assert dataset_status("mnist") == "ready"
    fractions = [fraction for _, fraction in told]
    assert len(fractions) >= len(files)
    assert fractions == sorted(fractions)
    assert fractions[-1] <= 1
    assert told[0][0].startswith("Downloading MNIST: ")
    assert capfd.readouterr() == ("", "")  # nothing is printed into a page's or a terminal's output


def test_a_file_that_is_there_is_not_fetched_again(data_dir: Path, serve: Serve) -> None:
    files = _idx_files()
    raw = data_dir / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"unpacked")
    asked = serve(_mnist(files, "http://a/"), {f"http://a/{file}": data for file, data in files.items()})
    download("mnist", _quiet)
    assert len(asked) == 3
    assert not any("train-images" in url for url in asked)


def test_the_second_mirror_serves_what_the_first_cannot(data_dir: Path, serve: Serve) -> None:
    files = _idx_files()
    broken = {f"http://a/{file}": b"damaged" for file in files}
    asked = serve(
        _mnist(files, "http://a/", "http://b/"),
        broken | {f"http://b/{file}": data for file, data in files.items()},
    )
    download("mnist", _quiet)
    assert dataset_status("mnist") == "ready"
    assert len(asked) == 8


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (urllib.error.URLError(OSError(-2, "Name or service not known")), "Name or service not known"),
        (urllib.error.HTTPError("http://a/", 404, "Not Found", None, None), "Not Found"),  # type: ignore[arg-type]
        (TimeoutError("timed out"), "timed out"),
        (b"something else", "train-images-idx3-ubyte.gz arrived damaged"),
    ],
)
def test_a_failed_download_says_so_and_offers_digits(
    data_dir: Path, serve: Serve, answer: bytes | Exception, reason: str
) -> None:
    files = _idx_files()
    serve(_mnist(files, "http://a/"), {f"http://a/{file}": answer for file in files})
    with pytest.raises(UserError) as caught:
        load_dataset("mnist")
    assert str(caught.value) == (
        f"could not download 'mnist' ({reason}); check the network, put its files into "
        f"'{data_dir / 'MNIST' / 'raw'}', or choose 'digits', which needs no network"
    )
    assert list((data_dir / "MNIST" / "raw").iterdir()) == []


def test_a_connection_that_breaks_off_leaves_no_half_file(
    data_dir: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 0:
                raise ConnectionResetError(104, "Connection reset by peer")
            return super().read(5)

    files = _idx_files()
    serve(_mnist(files, "http://a/"), {})
    monkeypatch.setattr(module.urllib.request, "urlopen", lambda url, timeout: Breaking(b"x" * 100))
    with pytest.raises(UserError, match="Connection reset by peer"):
        download("mnist", _quiet)
    assert list((data_dir / "MNIST" / "raw").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_failed_download(data_dir: Path, serve: Serve) -> None:
    data_dir.mkdir()
    (data_dir / "MNIST").write_text("a file where the folder should be")
    serve(_mnist(_idx_files(), "http://a/"), {})
    with pytest.raises(UserError, match="could not download 'mnist'"):
        download("mnist", _quiet)


def test_of_emnist_only_the_letters_are_kept(data_dir: Path, serve: Serve) -> None:
    files = _idx_files("emnist-letters")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file, data in (files | {"emnist-digits-train-images-idx3-ubyte.gz": b"unwanted"}).items():
            archive.writestr(f"gzip/{file}", data)
    url = "http://a/gzip.zip"
    serve({"EMNIST": {"url": url, "md5": _md5(buffer.getvalue())}}, {url: buffer.getvalue()})
    download("emnist-letters", _quiet)
    assert {path.name: path.read_bytes() for path in (data_dir / "EMNIST" / "raw").iterdir()} == files


def _cifar_tar(names: tuple[str, ...]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            archive.addfile(member, io.BytesIO(name.encode()))
    return buffer.getvalue()


def test_of_cifar10_the_six_batches_are_kept(data_dir: Path, serve: Serve) -> None:
    folder = "cifar-10-batches-py"
    wanted = {f"data_batch_{k}" for k in range(1, 6)} | {"test_batch"}
    data = _cifar_tar(
        (*(f"{folder}/{file}" for file in sorted(wanted)), f"{folder}/readme.html", "../outside")
    )
    url = "http://a/cifar.tar.gz"
    serve({"CIFAR10": {"url": url, "tgz_md5": _md5(data)}}, {url: data})
    download("cifar10", _quiet)
    assert {path.name for path in (data_dir / folder).iterdir()} == wanted
    assert (data_dir / folder / "test_batch").read_text() == f"{folder}/test_batch"
    assert not (data_dir.parent / "outside").exists()


def test_an_archive_without_the_wanted_files_is_a_failed_download(data_dir: Path, serve: Serve) -> None:
    data = _cifar_tar(("cifar-10-batches-py/data_batch_1",))
    url = "http://a/cifar.tar.gz"
    serve({"CIFAR10": {"url": url, "tgz_md5": _md5(data)}}, {url: data})
    with pytest.raises(UserError, match="could not download 'cifar10'"):
        download("cifar10", _quiet)
    assert dataset_status("cifar10") == "download"
