"""Templates escape what a user typed and obey the Content-Security-Policy."""

import re

import pytest

from tests.architecture import tree

# Name -> (pattern, sample it must find, folders where it does not matter).
PATTERNS = {
    "safe filter": (r"\|\s*safe(seq)?\b", "{{ text | safe }}", ()),
    "autoescape off": (r"autoescape\s+off", "{% autoescape off %}", ()),
    "inline script": (r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", "<script>alert(1)</script>", ()),
    # PDF templates are read by WeasyPrint, which has no such policy.
    "inline style": (r"<style\b|<[^>]+\sstyle\s*=", '<p class="a" style="color: red">', ("templates/pdf/",)),
    "inline handler": (r"<[^>]+\son[a-z]+\s*=", '<a href="#" onclick="go()">', ()),
    "foreign host": (r"(src|href)\s*=\s*[\"'](https?:)?//", '<img src="https://cdn.example/x.png">', ()),
}


@pytest.mark.parametrize(("pattern", "sample", "exempt"), PATTERNS.values(), ids=PATTERNS)
def test_pattern_finds_its_sample(pattern, sample, exempt):
    assert re.search(pattern, sample)


@pytest.mark.parametrize(("pattern", "sample", "exempt"), PATTERNS.values(), ids=PATTERNS)
def test_templates_are_free_of(pattern, sample, exempt):
    offences = [
        f"{tree.name(path)}: {found.group()}"
        for path in tree.tracked(".html")
        if not tree.name(path).startswith(exempt or ("-",))
        for found in re.finditer(pattern, path.read_text(encoding="utf-8"))
    ]
    assert not offences
