"""Rules about the shape of the code, checked on the syntax tree of every file."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = sorted((ROOT / "gan_core").rglob("*.py"))
VIEWS = sorted((ROOT / "pages").rglob("*.py")) + sorted(ROOT.glob("app.py"))
PRODUCT = (
    LIBRARY + VIEWS + sorted((ROOT / "scripts").glob("*.py")) + sorted((ROOT / "benchmarks").glob("*.py"))
)
TORCHVISION_GUARD = ROOT / "gan_core" / "data" / "torchvision_guard.py"

# The layers of the library from the bottom up. A unit imports itself and lower layers only, so that units of
# one layer, such as the trainer and the families, stay strangers.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"settings", "latent_spec", "load", "percent", "pyramid"}),
    frozenset({"text_spec"}),
    frozenset({"capabilities", "phases"}),
    frozenset({"family"}),
    frozenset(
        {"losses", "formulas", "layers", "dense_layers", "images", "curves", "optimizers", "thin", "asking"}
    ),
    frozenset({"averaging", "conditions", "starting"}),
    frozenset({"families", "data", "metrics", "trainer", "latent", "doctor"}),
    frozenset({"precision", "translating", "enlarging", "illustrating"}),
    frozenset({"precision_memory"}),
    frozenset({"building"}),
    frozenset({"runs"}),
    frozenset({"weights"}),
    frozenset({"evaluation", "kitchen"}),
    frozenset({"runs.worker", "cli", "lab"}),
    frozenset({"__main__"}),
)
RANKS = {unit: rank for rank, layer in enumerate(LAYERS) for unit in layer}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of the file's syntax tree."""
    return tuple(ast.walk(ast.parse(path.read_text(), filename=_name(path))))


def _module(path: Path) -> str:
    """Its dotted name: "gan_core.runs.store", or "gan_core.runs" for gan_core/runs/__init__.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> Iterator[str]:
    """Absolute names of everything the file imports, also inside functions; `from a import b` gives "a.b"."""
    package = _module(path).split(".")
    if path.name != "__init__.py":
        package.pop()
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _is_or_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _unit(module: str) -> str | None:
    """The layered unit a module or imported name belongs to; None outside the library and for its root."""
    parts = module.split(".")
    if parts[0] != "gan_core" or len(parts) == 1:
        return None
    return "runs.worker" if parts[1:3] == ["runs", "worker"] else parts[1]


def _uses(path: Path, *names: str) -> list[str]:
    """Dotted expressions in the file, such as "torch.load", that are among the names."""
    last = {name.rpartition(".")[2] for name in names}
    nodes = (node for node in _nodes(path) if isinstance(node, ast.Attribute) and node.attr in last)
    return [text for node in nodes if (text := ast.unparse(node)) in names]


def _offences(paths: Iterable[Path], offends: Callable[[Path], Iterable[object]]) -> dict[str, list[object]]:
    """What is wrong in each file that has something wrong, by the file's name."""
    found = {_name(path): list(offends(path)) for path in paths}
    return {name: offences for name, offences in found.items() if offences}


def test_the_library_never_names_streamlit() -> None:
    def offends(path: Path) -> list[str]:
        return [name for name in _imports(path) if _is_or_in(name, "streamlit")]

    assert not _offences(LIBRARY, offends)


def test_the_library_imports_without_streamlit() -> None:
    program = """
import importlib, pkgutil, sys
sys.modules["streamlit"] = None  # any import of it now fails
import gan_core
for module in pkgutil.walk_packages(gan_core.__path__, "gan_core."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_library_imports_point_downward() -> None:
    def offends(path: Path) -> list[str]:
        unit = _unit(_module(path))
        assert unit in RANKS, f"give '{unit}' its place in LAYERS"
        imported = {_unit(name) for name in _imports(path)} - {None, unit}
        return sorted(str(other) for other in imported if RANKS.get(str(other), len(LAYERS)) >= RANKS[unit])

    assert not _offences([path for path in LIBRARY if _unit(_module(path))], offends)


def test_view_imports_point_downward() -> None:
    above = ("app", "gan_core.cli", "gan_core.__main__", "gan_core.runs.worker")

    def offends(path: Path) -> set[str]:
        imported = set(_imports(path))
        pages = {n for n in imported if _is_or_in(n, "pages") and not _is_or_in(n, "pages.components")}
        return pages | {name for name in imported if any(_is_or_in(name, other) for other in above)}

    assert not _offences([path for path in VIEWS if path.name != "app.py"], offends)


def test_a_view_does_no_training() -> None:
    def offends(path: Path) -> list[str]:
        calls = [node.func for node in _nodes(path) if isinstance(node, ast.Call)]
        backward = [
            call.attr for call in calls if isinstance(call, ast.Attribute) and call.attr == "backward"
        ]
        optimizers = [name for name in _imports(path) if _is_or_in(name, "torch.optim")]
        return backward + optimizers + _uses(path, "torch.optim", "torch.autograd.grad")

    assert not _offences(VIEWS, offends)


def test_nothing_is_unpickled() -> None:
    pickling = ("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")

    def offends(path: Path) -> list[str]:
        imported = list(_imports(path))
        modules = [name for name in imported if any(_is_or_in(name, module) for module in pickling)]
        functions = [name for name in imported if name in ("torch.load", "torch.save")]
        used = _uses(path, "torch.load", "torch.save", "torch.jit.load", "torch.package")
        keywords = [node for node in _nodes(path) if isinstance(node, ast.keyword)]
        allowed = [k for k in keywords if k.arg == "allow_pickle" and ast.unparse(k.value) != "False"]
        return modules + functions + used + ["allow_pickle"] * len(allowed)

    assert not _offences(PRODUCT, offends)


def test_torchvision_is_imported_by_its_guard_alone() -> None:
    def offends(path: Path) -> list[str]:
        return [name for name in _imports(path) if _is_or_in(name, "torchvision")]

    others = [path for path in PRODUCT + sorted((ROOT / "tests").rglob("*.py")) if path != TORCHVISION_GUARD]
    assert not _offences(others, offends)


def test_no_tracked_file_names_a_machine_or_a_package_registry() -> None:
    own_paths = r"/(?:work|farm|opt|root|home/[a-z]\w*|Users/[A-Za-z]\w*)/"
    registries = r"pypi\.org|files\.pythonhosted\.|registry\.npmjs|deb\.debian\.|archive\.ubuntu\."
    pattern = f"{own_paths}|{registries}"
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in _tracked_text_files()
        for number, line in enumerate((ROOT / path).read_text(errors="replace").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not found


def _tracked_text_files() -> list[str]:
    done = subprocess.run(["git", "grep", "-Il", ""], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("the project's folder is not a git clone, so no file is tracked")
    return [path for path in done.stdout.splitlines() if (ROOT / path).exists()]


def test_a_page_about_a_run_pays_for_no_compiler_and_no_statistics() -> None:
    """Together they took 130 MB of the web process."""
    code = (
        "import sys; import gan_core.metrics; from gan_core.settings import RunConfig; "
        "from pages.components.classes import known; "
        "assert known.kinds_of(RunConfig(family='cgan', dataset='digits')) == 10; "
        "heavy = {'torch._dynamo', 'scipy', 'sklearn'}; print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr
