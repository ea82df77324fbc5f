"""The rules that keep the pages true and the library in one style.

What a proof claims is executed, what is not ours is credited, every tensor function
keeps the contract, and a name has one meaning.
"""

import ast
import importlib
import inspect
import re
import typing
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from torch import nn

from sitebuild.near import near
from tests.test_layout import (
    LIBRARY,
    NOTES,
    ROOT,
    any_note,
    checks,
    relative,
    split_references,
    tree,
)

PROOF = re.compile(r'(?m)^\?\?\?\+? \w+ "(Proof[^"]*)"\n((?:(?: {4}.*)?\n)+)')
EXECUTED = re.compile(r'<% test\("([\w.]+)::(\w+)"\) %>')
LAB_CELL = re.compile(r"\]\(\.\./labs/\w+\.py(#[\w-]+)?\)")
ENTRY = re.compile(r'<a id="(ref-[a-z0-9-]+)"></a>')
LOADS = {"from_timm", "from_transformers"}  # build the model of a note from weights
FOUND = re.compile(r"\]\(https?://|ISBN [\dX-]+|no DOI|original not found")
CREDIT = re.compile(r"\]\(#(ref-[a-z0-9-]+)\)")
PAGES = [p for d in ("docs", "tools/skeleton/docs") for p in ROOT.glob(f"{d}/**/*.md")]
PAGES = [page for page in PAGES if "gallery" not in page.parts]  # made by the build
CLAIMS = sorted(ROOT.glob("docs/claims/*.yml"))
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+|\d+(?= ?%)")
MACRO = re.compile(r"<%.*?%>")


def public_functions(path: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Public functions of a library file, with their dotted names."""
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield f"{dotted}.{node.name}", node


def public_methods(path: Path) -> Iterator[str]:
    """Dotted names of the methods of its modules that take tensors."""
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for name, kind in vars(importlib.import_module(dotted)).items():
        own = inspect.isclass(kind) and kind.__module__ == dotted
        if not own or not issubclass(kind, nn.Module) or name.startswith("_"):
            continue
        for method, function in vars(kind).items():
            if inspect.isfunction(function) and not method.startswith("_"):
                hints = typing.get_type_hints(function)
                hints.pop("return", None)
                if any(
                    "Tensor" in str(h) or hasattr(h, "_fields") for h in hints.values()
                ):
                    yield f"{dotted}.{name}.{method}"


FUNCTIONS = [pair for path in LIBRARY for pair in public_functions(path)]
METHODS = [dotted for path in LIBRARY for dotted in public_methods(path)]
any_function = pytest.mark.parametrize(
    ("dotted", "node"), FUNCTIONS, ids=[dotted for dotted, _ in FUNCTIONS]
)


@any_note
def test_every_proof_names_the_test_or_lab_cell_that_executes_it(name):
    text = NOTES[name].read_text("utf-8")
    headings = len(re.findall(r'(?m)^\s*\?\?\?\+? \w+ "Proof', text))
    proofs = PROOF.findall(text)
    assert len(proofs) == headings, (
        "begin each proof at the margin: no test sees a nested one"
    )
    written = {
        (path.name, node.name)
        for path in checks(name)
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef)
    }
    for title, body in proofs:
        tests = EXECUTED.findall(body)
        where = f"{name}.md: {title!r} that begins {body.strip()[:60]!r}"
        assert tests or LAB_CELL.search(body), (
            f'{where} names neither <% test("test_file.py::test_name") %> nor a '
            "cell of a lab, [words](../labs/lab.py#heading)"
        )
        known = ["::".join(test) for test in written]
        missing = sorted("::".join(test) for test in set(tests) - written)
        assert not missing, (
            f"{where}: there is no test {missing[0]}{near(missing[0], known)}"
        )


@any_note
def test_every_reference_is_named_where_its_result_is_used(name):
    body, references = split_references(name)
    entries = ENTRY.findall(references)
    count = len(re.findall(r"(?m)^ *\d+\. ", references))
    assert len(entries) == count, 'begin each reference with <a id="ref-name"></a>'
    twice = sorted({entry for entry in entries if entries.count(entry) > 1})
    assert not twice, f"give each reference a name of its own: {twice} come twice"
    cited = set(CREDIT.findall(body))
    unused = sorted(set(entries) - cited)
    assert not unused, f"cite where its result is used, [words](#ref-name): {unused}"
    for found in CREDIT.finditer(body):
        where = f"{name}.md:{body.count(chr(10), 0, found.start()) + 1}"
        what = f"list {found[1]} under References{near(found[1], entries)}"
        assert found[1] in entries, f"{where}: {what}"
    listed = re.split(r"(?m)^ *\d+\. ", references)[1:]
    lost = [entry[:60] for entry in listed if not FOUND.search(entry)]
    assert not lost, f"say where to find it, by DOI, address or ISBN: {lost}"


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_a_page_shows_figures_in_one_way(path):
    """By the macro, which takes alt text, caption and link from the script."""
    typed = re.findall(r"mkd_glr_(plot_\w+)_\d+", path.read_text("utf-8"))
    assert not typed, f'{path.name}: show {typed} by <% figure("plot_name") %>'


@any_note
def test_a_note_has_its_claims(name):
    path = ROOT / f"docs/claims/{name}.yml"
    assert path in CLAIMS, f"write {relative(path)}; CONTRIBUTING.md has its fields"


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.stem)
def test_claims_belong_to_a_note_and_type_no_measured_number(path):
    """A number in `means` is one that the condition checks, or a measured one."""
    assert path.stem in NOTES, f"no page docs/notes/{path.stem}.md has its name"
    claims = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(claims, list), f"{path.name}: write a list of claims, '- id: ...'"
    for claim in claims:
        known = " ".join(
            str(claim.get(key, "")) for key in ("condition", "claim", "source")
        )
        words = MACRO.sub("", claim.get("means", ""))
        typed = [n for n in DECIMAL.findall(words) if n not in known]
        where = f"{path.name}: claim {claim['id']}"
        assert not typed, f"{where}: quote {typed} by <% measured(...) %> in 'means'"


@any_function
def test_a_tensor_function_has_a_canonical_call_in_the_contract(dotted, node):
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    hints = [ast.unparse(a.annotation) for a in arguments if a.annotation]
    if not any(re.search(r"\bTensor\b", hint) for hint in hints):
        return
    module, _, name = dotted.rpartition(".")
    folder = module.split(".")[1]
    file = ROOT / f"tests/{folder}/contract.py"
    assert file.exists(), f"write {relative(file)} with CASES and EXEMPT"
    contract = importlib.import_module(f"tests.{folder}.contract")
    called = {(c.function.__module__, c.function.__name__) for c in contract.CASES}
    exempt = contract.EXEMPT.keys() & {dotted, module}
    assert ((module, name) in called) != bool(exempt), (
        f"{dotted} needs one Case in tests/{folder}/contract.py, "
        "or a reason in its EXEMPT, not both"
    )


@pytest.mark.parametrize("dotted", METHODS)
def test_a_method_of_a_module_has_a_canonical_call_in_the_contract(dotted):
    place, kind, method = dotted.rsplit(".", 2)
    folder = place.split(".")[1]
    file = ROOT / f"tests/{folder}/module_calls.py"
    assert file.exists(), f"write {relative(file)} with MODULES and EXEMPT"
    contract = importlib.import_module(f"tests.{folder}.module_calls")
    called = {(c.kind.__module__, c.kind.__name__, c.method) for c in contract.MODULES}
    exempt = contract.EXEMPT.get(dotted, "")
    assert ((place, kind, method) in called) != bool(exempt), (
        f"{dotted} needs one ModuleCase in tests/{folder}/module_calls.py, "
        "or a reason in its EXEMPT, not both"
    )
    reason = len(exempt.split())
    assert not 0 < reason < 4, f"{dotted}: say in a sentence why it is exempt"
    assert contract.EXEMPT.keys() <= set(METHODS), "EXEMPT names what is no method"


@pytest.mark.parametrize("path", sorted(ROOT.glob("tests/*/contract.py")), ids=relative)
def test_an_exemption_names_a_function_and_has_a_reason(path):
    contract = importlib.import_module(f"tests.{path.parent.name}.contract")
    known = {dotted for dotted, _ in FUNCTIONS}
    known |= {dotted.rpartition(".")[0] for dotted in known}
    for dotted, reason in contract.EXEMPT.items():
        assert dotted in known, f"{dotted} is no public function or module"
        assert len(reason.split()) > 3, f"{dotted}: say in a sentence why it is exempt"


@any_function
def test_noise_and_generator_come_last_and_by_keyword(dotted, node):
    positional = [a.arg for a in [*node.args.posonlyargs, *node.args.args]]
    keywords = [a.arg for a in node.args.kwonlyargs]
    assert "generator" not in positional, "put a * before the argument generator"
    drawn = [name for name in keywords if name in {"noise", "generator"}]
    last = keywords[len(keywords) - len(drawn) :] == drawn
    assert last, f"put {drawn} last, after {keywords}"
    if node.name.startswith("check_"):
        assert positional[0] == "name", "let the check take name as its first argument"


def test_a_name_has_one_meaning():
    """No two public functions or classes of the library have the same name."""
    names = Counter(
        node.name
        for path in LIBRARY
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
    )
    twice = [name for name, count in names.items() if count > 1]
    twice = [name for name in twice if name not in LOADS]
    assert not twice, f"rename, or share in blocks, what is defined twice: {twice}"


@pytest.mark.parametrize("path", sorted(ROOT.glob("tests/**/*.py")), ids=relative)
def test_random_examples_repeat(path):
    """One profile of Hypothesis, in conftest.py; a test may ask for other counts."""
    if path != ROOT / "tests/conftest.py":
        code = ast.unparse(tree(path))
        own = re.search(r"(derandomize|deadline)=", code)
        assert not own, "leave derandomize and deadline to tests/conftest.py"
