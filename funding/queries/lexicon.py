"""The lexicon as finance edits it: data in force, rows, differences between versions."""

import tomllib

from funding.models import LexiconVersion
from funding.queries.spending import lexicon_file
from portal import editions
from portal.errors import Invalid
from portal.measures.articles import article_label

LISTS = ("phrases", "firm", "guards", "soften", "unless")


def current_edition() -> str:
    """The newest edition of the measures, whose lexicon is edited."""
    return editions.codes()[-1]


def current_data(edition: str | None = None) -> dict:
    """The lexicon data in force: finance's newest version, else the file of the edition."""
    edition = edition or current_edition()
    newest = LexiconVersion.objects.filter(edition=edition).order_by("-number").first()
    if newest is not None:
        return newest.entries
    return tomllib.loads(lexicon_file(edition).read_text(encoding="utf-8")) | {"edition": int(edition)}


def entry_of(data: dict, code: str) -> dict | None:
    """One entry by its id."""
    return next((entry for entry in data["entry"] if entry["id"] == code), None)


def with_entry(data: dict, entry: dict, *, replaces: str = "") -> dict:
    """The data with one entry replaced in its place, or put first (the first of equal strength names the clause)."""
    if entry["id"] != replaces and entry_of(data, entry["id"]) is not None:
        raise Invalid(f"词条代码“{entry['id']}”已存在，请换一个。")
    if not replaces:
        return data | {"entry": [entry, *data["entry"]]}
    return data | {"entry": [entry if row["id"] == replaces else row for row in data["entry"]]}


def rows(data: dict, text: str = "") -> list[dict]:
    """Entries for the list, narrowed to those that contain the text."""
    return [
        {
            "id": entry["id"],
            "item": entry["item"],
            "strong": entry["strength"] == "strong",
            "reason": entry["reason"],
            "count": len(entry["phrases"]),
            "sample": "、".join(entry["phrases"][:4]),
        }
        for entry in data["entry"]
        if not text or text in " ".join([entry["id"], entry["item"], entry["reason"], *entry["phrases"]])
    ]


def previous_data(version: LexiconVersion) -> dict:
    """The data before this version."""
    earlier = LexiconVersion.objects.filter(edition=version.edition, number__lt=version.number).first()
    if earlier is not None:
        return earlier.entries
    return tomllib.loads(lexicon_file(version.edition).read_text(encoding="utf-8"))


COLUMNS = {"phrases": "词语", "firm": "坚定词语", "guards": "除外词语", "soften": "减弱词语", "unless": "排除词语"}
STRENGTHS = {"strong": "强，提示禁列", "weak": "弱，提示待核"}


def difference(old: dict, new: dict) -> list[dict]:
    """What changed between two lexicons: rows {id, kind, added, removed} with words as 栏：词."""
    before = {entry["id"]: entry for entry in old["entry"]}
    after = {entry["id"]: entry for entry in new["entry"]}
    found = [
        {"id": code, "kind": "删除", "added": [], "removed": _words(before[code])}
        for code in before
        if code not in after
    ]
    for code, entry in after.items():
        earlier = before.get(code)
        if earlier == entry:
            continue
        gone, come = _words(earlier or {}), _words(entry)
        found.append(
            {
                "id": code,
                "kind": "修改" if earlier else "新增",
                "added": [word for word in come if word not in gone],
                "removed": [word for word in gone if word not in come],
            }
        )
    return found


def _words(entry: dict) -> list[str]:
    facts = {"条款": article_label(entry["item"]) if "item" in entry else "", "理由": entry.get("reason", "")}
    facts["强度"] = STRENGTHS.get(entry.get("strength", ""), "")
    words = [f"{COLUMNS[name]}：{word}" for name in LISTS for word in entry.get(name, [])]
    return [f"{name}：{text}" for name, text in facts.items() if text] + words
