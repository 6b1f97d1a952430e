"""The import contracts of pyproject.toml hold, and each of them catches what it is there to catch."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Contract, module that gets a forbidden line (made if missing), the line.
VIOLATIONS = [
    ("layers", "couponry/domain/seeded.py", "import couponry.engine"),
    ("layers", "couponry/engine/seeded.py", "import couponry.http"),
    ("layers", "couponry/engine/seeded.py", "import couponry.config"),
    ("layers", "couponry/http/seeded.py", "import couponry.dialects"),
    ("layers", "couponry/dialects/__init__.py", "import couponry.bootstrap"),
    ("layers", "couponry/bootstrap.py", "import couponry.bench"),
    ("layers", "couponry/bench.py", "import couponry.cli"),
    ("layers", "couponry/storage/seeded.py", "import couponry.http"),
    ("layers", "couponry/delivery/__init__.py", "import couponry.storage"),
    ("layers", "couponry/unplaced.py", ""),
    ("opened-by-bootstrap", "couponry/cli.py", "import couponry.storage"),
    ("opened-by-bootstrap", "couponry/bench.py", "import couponry.delivery"),
    ("opened-by-bootstrap", "couponry/http/api/seeded.py", "import couponry.storage"),
    ("opened-by-bootstrap", "couponry/dialects/acme/routes.py", "import couponry.delivery"),
    ("opened-by-bootstrap", "couponry/engine/seeded.py", "import couponry.storage"),
    ("opened-by-bootstrap", "couponry/domain/seeded.py", "import couponry.delivery"),
    ("drivers", "couponry/bootstrap.py", "import sqlite3"),
    ("drivers", "couponry/engine/seeded.py", "import psycopg"),
    ("drivers", "couponry/http/seeded.py", "import sqlalchemy.engine"),
    ("drivers", "couponry/cli.py", "import alembic.command"),
    *[
        ("pure-domain", "couponry/domain/seeded.py", f"import {module}")
        for module in (
            "random",
            "secrets",
            "time",
            "os",
            "logging",
            "socket",
            "pathlib",
            "litestar",
            "structlog",
        )
    ],
    ("engine-without-web", "couponry/engine/seeded.py", "from http import HTTPStatus"),
    ("engine-without-web", "couponry/engine/seeded.py", "import litestar"),
    ("dialects-apart", "couponry/dialects/acme/wire.py", "import couponry.dialects.other"),
    ("dialects-unnamed", "couponry/bootstrap.py", "import couponry.dialects.other"),
    ("surfaces-apart", "couponry/http/api/seeded.py", "import couponry.http.console"),
    ("surfaces-apart", "couponry/http/pages/seeded.py", "import couponry.http.api"),
]


def contract_ids() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]}


def lint_imports(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def add_line(source: Path, module: str, line: str) -> None:
    """Append a line to a module, and make the module and its packages where they are missing."""
    file = source / module
    if file.with_suffix("").is_dir():
        file = file.with_suffix("") / "__init__.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    for package in file.relative_to(source).parents:
        if package != Path():
            (source / package / "__init__.py").touch()
    with file.open("a") as text:
        text.write(f"\n{line}\n")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy the sources and the contracts to where a test may spoil them."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_tree_keeps_every_contract() -> None:
    """The tree as it stands breaks no contract."""
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_has_a_violation() -> None:
    """A contract nobody has seen broken is not trusted."""
    assert {contract for contract, _, _ in VIOLATIONS} == contract_ids()


def test_the_one_way_in_is_open(tree: Path) -> None:
    """Bootstrap may open storage and delivery, and what stands above reaches them through it."""
    source = tree / "src"
    add_line(source, "couponry/delivery/__init__.py", "import couponry.engine")
    add_line(source, "couponry/bootstrap.py", "import couponry.delivery, couponry.dialects, couponry.storage")
    add_line(source, "couponry/bench.py", "import couponry.bootstrap")
    add_line(source, "couponry/cli.py", "import couponry.bench, couponry.bootstrap")
    result = lint_imports(tree)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("contract", "module", "line"), VIOLATIONS)
def test_violation_is_caught(tree: Path, contract: str, module: str, line: str) -> None:
    """A forbidden import breaks the contract that forbids it."""
    source = tree / "src"
    imported = line.removeprefix("import ").replace(".", "/")
    if imported.startswith("couponry/") and not (source / imported).is_dir():
        add_line(source, f"{imported}.py", "")
    add_line(source, module, line)
    result = lint_imports(tree, "--contract", contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "0 kept, 1 broken" in result.stdout, result.stdout + result.stderr
