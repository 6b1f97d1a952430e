"""Rules of the repository that a program can check, and for each rule proof that it catches a fault.

A rule is a function from the text of one file to the complaints about it; RULES says which files it reads.
"""

import ast
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common"}
TOOLING = ("requirements/*", "Makefile", ".ci/*", "pyproject.toml")
MONEY = tuple(f"src/couponry/domain/{noun}.py" for noun in ("money", "benefits", "orders", "ledger"))
TESTS = ("tests/**/test_*.py", "tests/test_*.py", "src/couponry/dialects/*/tests/test_*.py")
ADDRESS = re.compile(r"\w+://\S+|--(?:extra-)?index-url\b|--find-links\b|--trusted-host\b")
REGISTRY = re.compile(r"\b(?:py(?:pi|thonhosted)\.org|registry\.npm\w+\.\w+|npm\w*js\.(?:com|org)|crates\.io)\b")
FENCED = re.compile(r"^ {0,3}(```+|~~~+).*?^ {0,3}\1", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"(`+)[^`\n]+\1")
LINK = re.compile(
    r"\]\(\s*<?([^)<>\s]+)"  # [text](target "title"), images too
    r"|^ {0,3}\[[^\]\n]+\]:\s*<?([^<>\s]+)"  # [label]: target
    r"|\b(?:href|src)=[\"']([^\"']+)",
    re.MULTILINE,
)
ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#")
# Folders that many machines have and a text may well name.
COMMON_FOLDERS = {
    f"/{name}" for name in ("app", "build", "code", "data", "home", "mnt", "opt", "src", "srv", "tmp", "usr", "var")
}

Functions = ast.FunctionDef | ast.AsyncFunctionDef
Check = Callable[[str], Iterator[str]]


def nodes(text: str) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(text))


def functions(text: str) -> Iterator[Functions]:
    return (node for node in nodes(text) if isinstance(node, Functions))


def cases(text: str) -> Iterator[Functions]:
    return (function for function in functions(text) if function.name.startswith("test_"))


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a name or attribute, and an empty string for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def no_address(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := ADDRESS.search(line):
            yield f"line {number}: {found.group()}: names where packages come from"


def no_registry_host(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := REGISTRY.search(line):
            yield f"line {number}: {found.group()}: a package index"


def machine_paths() -> set[str]:
    """Return folders that tell where this checkout lies."""
    folders = {ROOT / "src", ROOT, ROOT.parent, Path(os.environ.get("HOME") or "/")}
    return {str(folder) for folder in folders if folder != Path("/")} - COMMON_FOLDERS


def no_machine_path(text: str) -> Iterator[str]:
    for folder in machine_paths():
        if re.search(rf"(?<![\w.-]){re.escape(folder)}(?![\w-])", text):
            yield f"{folder}: a path of the machine it was written on"


def short_file(text: str) -> Iterator[str]:
    if (count := len(text.splitlines())) > MAX_FILE_LINES:
        yield f"{count} lines, at most {MAX_FILE_LINES}: split it by noun"


def short_functions(text: str) -> Iterator[str]:
    for function in functions(text):
        count = (function.end_lineno or function.lineno) - function.lineno + 1
        if count > MAX_FUNCTION_LINES:
            yield f"{function.name}: {count} lines, at most {MAX_FUNCTION_LINES}"


def asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = dotted(node.func).rpartition(".")[2]
    return name in {"raises", "warns", "fail"} or name.startswith(("assert_", "check_", "run_state_machine"))


def asserting_tests(text: str) -> Iterator[str]:
    for function in cases(text):
        if not any(asserts(node) for node in ast.walk(function)):
            yield f"{function.name}: asserts nothing"


def documented_tests(text: str) -> Iterator[str]:
    for function in cases(text):
        if not ast.get_docstring(function):
            yield f"{function.name}: no docstring that states the behaviour"


def no_print(text: str) -> Iterator[str]:
    for node in nodes(text):
        if isinstance(node, ast.Call) and dotted(node.func) == "print":
            yield f"line {node.lineno}: print outside the command line"


def no_float(text: str) -> Iterator[str]:
    for node in nodes(text):
        is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        if is_literal or (isinstance(node, ast.Name) and node.id == "float"):
            yield f"line {getattr(node, 'lineno', 0)}: float among money"


def no_clock(text: str) -> Iterator[str]:
    for node in nodes(text):
        if not isinstance(node, ast.Attribute):
            continue
        owner = dotted(node.value).rpartition(".")[2]
        if owner in {"datetime", "date"} and node.attr in {"now", "utcnow", "today"}:
            yield f"line {node.lineno}: reads the clock; take the instant as a parameter"
        if owner in {"np", "numpy"} and node.attr == "random":
            yield f"line {node.lineno}: draws random numbers; take them as a parameter"


def no_swallowed_exception(text: str) -> Iterator[str]:
    for node in nodes(text):
        if not isinstance(node, ast.ExceptHandler):
            continue
        is_broad = node.type is None or dotted(node.type) in {"Exception", "BaseException"}
        if is_broad and all(isinstance(statement, ast.Pass) for statement in node.body):
            yield f"line {node.lineno}: swallows every exception"


class Rule(NamedTuple):
    check: Check
    files: tuple[str, ...]
    fault: str
    besides: tuple[str, ...] = ()


RULES = [
    Rule(no_address, TOOLING, "colorama @ https://packages.example/colorama.whl"),
    Rule(no_address, TOOLING, "--index-url packages.example"),
    Rule(no_registry_host, ("*",), "see " + "pypi" + ".org"),
    Rule(no_machine_path, ("*",), f"cd {ROOT / 'src'} && make"),
    Rule(short_file, ("*.py",), "x = 1\n" * (MAX_FILE_LINES + 1)),
    Rule(short_functions, ("src/*.py",), "def long():\n" + "    x = 1\n" * MAX_FUNCTION_LINES),
    Rule(asserting_tests, TESTS, "def test_nothing():\n    answer = 42\n"),
    Rule(documented_tests, TESTS, "def test_silent():\n    assert True\n"),
    Rule(no_print, ("src/*.py",), "print('here')", ("src/couponry/cli.py", "src/couponry/cli/*")),
    Rule(no_float, MONEY, "price = 0.1"),
    Rule(no_float, MONEY, "price = float('1')"),
    Rule(no_clock, ("src/couponry/domain/*.py",), "at = datetime.now(UTC)"),
    Rule(no_clock, ("src/couponry/domain/*.py",), "draw = np.random.default_rng()"),
    Rule(no_swallowed_exception, ("*.py",), "try:\n    run()\nexcept Exception:\n    pass\n"),
    Rule(no_swallowed_exception, ("*.py",), "try:\n    run()\nexcept:\n    pass\n"),
]


def tracked_files() -> list[str]:
    """Return the files of the repository, those about to be added included."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - wherever git is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted({path for path in listing.stdout.split("\0") if path and (ROOT / path).is_file()})


def text_of(path: str) -> str:
    """Return the text of a file, empty where it is no text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def applies(rule: Rule, path: str) -> bool:
    return any(fnmatch(path, pattern) for pattern in rule.files) and not any(
        fnmatch(path, pattern) for pattern in rule.besides
    )


def rule_name(rule: Rule) -> str:
    return rule.check.__name__


def badly_named(paths: list[str]) -> list[str]:
    """Return the Python modules and packages whose name says nothing."""
    return [
        path
        for path in paths
        if path.endswith(".py") and BANNED_NAMES & set(re.split(r"[/_.]", path.removesuffix(".py")))
    ]


def dead_links(path: str, text: str, files: set[str]) -> list[str]:
    """Return the relative links of a Markdown file that lead to no file or folder of the repository."""
    prose = QUOTED.sub("", FENCED.sub("", text))
    places = files | {str(folder) for file in files for folder in Path(file).parents}
    dead = []
    for found in LINK.finditer(prose):
        link = found[1] or found[2] or found[3]
        if ELSEWHERE.match(link):
            continue
        target = unquote(re.split(r"[#?]", link)[0])
        start = "" if target.startswith("/") else str(Path(path).parent)
        if os.path.normpath(Path(start, target.lstrip("/"))) not in places:
            dead.append(link)
    return dead


def pins(text: str) -> set[str]:
    return set(re.findall(r"^\S+==[^\\\n]+", text, re.MULTILINE))


@pytest.mark.parametrize("rule", {rule.check: rule for rule in RULES}.values(), ids=rule_name)
def test_repository_follows_rule(rule: Rule) -> None:
    """No file of the repository breaks the rule."""
    complaints = [
        f"{path}: {complaint}"
        for path in tracked_files()
        if applies(rule, path)
        for complaint in rule.check(text_of(path))
    ]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=f"{rule_name(rule)}-{number}") for number, rule in enumerate(RULES)]
)
def test_rule_catches_its_fault(rule: Rule) -> None:
    """The rule complains about a seeded fault."""
    assert list(rule.check(rule.fault))


@pytest.mark.parametrize("rule", {rule.check: rule for rule in RULES}.values(), ids=rule_name)
def test_rule_leaves_good_text_alone(rule: Rule) -> None:
    """The rule has nothing to say about text that is in order."""
    good = 'def test_sum() -> None:\n    """One and one are two."""\n    assert 1 + 1 == 2\n'
    assert not list(rule.check(good))


def test_rules_reach_their_files() -> None:
    """A pattern reaches files at every depth, and its exceptions are left out."""
    rules = {rule_name(rule): rule for rule in RULES}
    assert applies(rules["no_print"], "src/couponry/http/api/routes.py")
    assert not applies(rules["no_print"], "src/couponry/cli.py")
    assert applies(rules["asserting_tests"], "src/couponry/dialects/acme/tests/test_wire.py")
    assert not applies(rules["asserting_tests"], "tests/conftest.py")


def test_modules_have_names_that_say_something() -> None:
    """No module or package is called utils or the like."""
    assert not badly_named(tracked_files())


@pytest.mark.parametrize(
    "path", ["src/couponry/utils.py", "src/couponry/http/common/codes.py", "tests/test_helpers.py"]
)
def test_empty_name_is_caught(path: str) -> None:
    """A seeded module with a name that says nothing is reported."""
    assert badly_named(["src/couponry/domain/codes.py", path]) == [path]


def test_links_lead_to_files() -> None:
    """Every relative link of a Markdown file leads to a file or folder of the repository."""
    files = tracked_files()
    complaints = [
        f"{path}: {link}: leads to no file of the repository"
        for path in files
        if path.endswith(".md")
        for link in dead_links(path, text_of(path), set(files))
    ]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(
    "text",
    [
        "See [this](missing.md).",
        "See [this](missing.md#part).",
        '![A picture](missing.md "with a title")',
        "[`code`](missing.md)",
        "[label]: missing.md",
        '<img src="missing.md">',
        "[up](../missing.md)",
        "[root](/missing.md)",
    ],
)
def test_dead_link_is_caught(text: str) -> None:
    """A seeded link to a file that is not there is reported, however it is written."""
    assert [link.rpartition("missing.md")[1] for link in dead_links("docs/a.md", text, {"b.md"})] == ["missing.md"]


@pytest.mark.parametrize(
    "text",
    [
        "[up](../b%20c.md#part), [beside](a.md), [root](/docs/a.md), [folder](../docs/), [part](#part)",
        "[away](https://example.com/missing.md) and <mailto:us@example.com>",
        "as `[text](missing.md)` says",
        "```\n[text](missing.md)\n```\n",
    ],
)
def test_good_link_is_left_alone(text: str) -> None:
    """Links to files and folders that are there, to elsewhere and in examples of code are left alone."""
    assert not dead_links("docs/a.md", text, {"docs/a.md", "b c.md"})


def test_lock_files_agree() -> None:
    """What the server is tested with is what it is served with."""
    serve, test = (pins(text_of(f"requirements/{name}.txt")) for name in ("serve", "test"))
    assert serve
    assert serve <= test


def test_every_pin_has_a_hash() -> None:
    """Each locked version carries at least one SHA-256."""
    for name in ("serve", "test"):
        entries = re.split(r"^(?=\S+==)", text_of(f"requirements/{name}.txt"), flags=re.MULTILINE)
        assert all("--hash=sha256:" in entry for entry in entries if entry.strip())
