"""Pages that programs write are what the programs write now, and no page points at a file that is not there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

GENERATED = re.compile(r"`python -m ([\w.]+) > (docs/[\w./-]+\.md)`")
"""How a generated page names its generator."""

LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
"""Targets of Markdown links inside the repository."""


def generated_pages():
    """Return (module, page) for every page that names its generator."""
    found = {match.groups() for page in PAGES for match in GENERATED.finditer(page.read_text(encoding="utf-8"))}
    return sorted(found)


def test_there_are_generated_pages():
    assert ("envs.specs.docs", "docs/spaces.md") in generated_pages()


@pytest.mark.parametrize(("module", "page"), generated_pages())
def test_generated_page_equals_its_generators_output(module, page):
    result = subprocess.run(
        [sys.executable, "-m", module], cwd=ROOT, capture_output=True, text=True, timeout=280, encoding="utf-8"
    )

    assert result.returncode == 0, result.stderr
    assert (ROOT / page).read_text(encoding="utf-8") == result.stdout, f"run: python -m {module} > {page}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_of_a_page_lead_somewhere(page):
    targets = LINK.findall(page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []
