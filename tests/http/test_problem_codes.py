"""Every code has its line in the table."""

import ast
from pathlib import Path

import couponry
from couponry.domain.errors import DomainError
from couponry.domain.refusals import Reason
from couponry.http.problem_codes import PROBLEM_KINDS

PACKAGE = Path(couponry.__path__[0])
COMMAND_LINE = {"cli", "bench"}  # their own codes are seen on a terminal only
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in COMMAND_LINE]
MAKERS = {"InvalidValue", "Conflict", "DomainError", "RequestProblem", "problem_answer", "StorageUnavailable"}


def raised_codes(text: str) -> set[str]:
    """Find the codes that a module raises: first arguments of error classes, and of their `super().__init__`."""
    codes: set[object] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            maker = ast.unparse(node.func).rpartition(".")[2]
            is_error = maker in MAKERS or (maker == "__init__" and ast.unparse(node.func).startswith("super()"))
            if is_error and isinstance(node.args[0].value, str):
                codes.add(node.args[0].value)
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            named = dict(zip(reversed([arg.arg for arg in node.args.args]), reversed(node.args.defaults), strict=False))
            default = named.get("code")
            if isinstance(default, ast.Constant):
                codes.add(default.value)
    return {code for code in codes if isinstance(code, str) and code.isidentifier() and code.islower()}


def test_every_raised_code_is_in_the_table() -> None:
    """A code that is raised anywhere in the sources has status, title and explanation."""
    missing = {
        f"{path.name}: {code}"
        for path in SOURCES
        for code in raised_codes(path.read_text(encoding="utf-8"))
        if code not in PROBLEM_KINDS
    }
    assert not missing


def test_every_reason_is_in_the_table() -> None:
    """A reason for a refusal is a code too."""
    assert {reason.value for reason in Reason} <= PROBLEM_KINDS.keys()


def test_every_error_class_is_searched_for() -> None:
    """An error class that takes its code as an argument is known to this test."""
    classes = {DomainError}
    while more := {sub for cls in classes for sub in cls.__subclasses__()} - classes:
        classes |= more
    own = {cls.__name__ for cls in classes if "__init__" not in vars(cls)} | {"DomainError", "StorageUnavailable"}
    assert own - {"StorageUnavailable"} <= MAKERS | {name for name in own if name.startswith("Storage")}


def test_a_missing_code_is_caught() -> None:
    """A seeded code is found, however it is raised."""
    seeded = 'raise InvalidValue(\n    "seeded_code", "text")\nclass E(DomainError):\n    def __init__(self) -> None:\n'
    seeded += '        super().__init__("other_code", "text")\n'
    assert raised_codes(seeded) == {"seeded_code", "other_code"}
