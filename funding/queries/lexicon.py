"""The lexicon as finance edits it: data in force, rows, differences between versions."""

import tomllib

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from funding.models import BanDecision, LedgerLine, LexiconDraft, LexiconTest, LexiconVersion
from funding.queries.spending import lexicon_file
from funding.states import LexiconTestState, Verdict
from portal import editions
from portal.documents import digest_of
from portal.errors import Invalid
from portal.measures.articles import article_label
from portal.measures.regression import Case, case_of
from projects.models import Project

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


def without_entry(data: dict, code: str) -> dict:
    """The data without one entry."""
    if entry_of(data, code) is None:
        raise Invalid(f"词条“{code}”不存在，可能已被删除。")
    return data | {"entry": [row for row in data["entry"] if row["id"] != code]}


def draft_of(edition: str | None = None) -> LexiconDraft | None:
    """The draft of an edition, if one is being edited."""
    rows = LexiconDraft.objects.select_related("edited_by")
    return rows.filter(edition=edition or current_edition()).first()


def digest_seen(draft: LexiconDraft | None, data: dict) -> str:
    """The digest of what an editor has before his eyes: of the draft, or of the lexicon in force (`data`)."""
    return draft.digest if draft else digest_of(data)


def test_of(draft: LexiconDraft) -> LexiconTest | None:
    """The newest finished test of exactly the draft's content."""
    rows = LexiconTest.objects.filter(edition=draft.edition, digest=draft.digest, state=LexiconTestState.READY)
    return rows.order_by("-id").first()


def decided_since(test: LexiconTest) -> bool:
    """Whether people decided lines after the test began: the regression set has grown."""
    rows = BanDecision.objects.filter(decided_at__gt=test.requested_at, line__project__call__edition=test.edition)
    return rows.exclude(verdict=Verdict.NEEDS_REVIEW).exists()


def tested_projects(edition: str) -> list[Project]:
    """Projects of an edition that have decided or waiting lines."""
    lines = LedgerLine.objects.filter(project=OuterRef("pk"))
    wanted = ~Q(verdict=Verdict.ALLOWED) | Exists(BanDecision.objects.filter(line=OuterRef("pk")))
    rows = Project.objects.filter(Exists(lines.filter(wanted)), call__edition=edition)
    return list(rows.select_related("lead_unit", "leader", "consortium", "application", "call").order_by("pk"))


def tested_lines(project: Project) -> QuerySet:
    """Standing lines of a project with their newest decision (`decided_as`, `decided_item`), and those that wait."""
    newest = BanDecision.objects.filter(line=OuterRef("pk")).order_by("-id")
    rows = project.ledger_lines.standing().annotate(
        decided_as=Subquery(newest.values("verdict")[:1]), decided_item=Subquery(newest.values("article_item")[:1])
    )
    return rows.filter(Q(decided_as__isnull=False) | ~Q(verdict=Verdict.ALLOWED)).order_by("id")


def shown_cases(result: dict, name: str, user) -> list[tuple[Case, LedgerLine]]:
    """The listed cases of a test with their lines, as far as the user may see them; one query."""
    cases = [case_of(row) for row in result.get(name, [])]
    rows = LedgerLine.objects.visible_to(user).select_related("project").in_bulk([case.line for case in cases])
    return [(case, rows[case.line]) for case in cases if case.line in rows]


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


def table_rows(table: list[list]) -> list[tuple[list[str], int]]:
    """A table of counts in words: ([labels of the verdicts], number)."""
    labels = dict(Verdict.choices)
    return [([labels[code] for code in codes], number) for *codes, number in table]


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
    facts["备注"] = entry.get("note", "")
    words = [f"{COLUMNS[name]}：{word}" for name in LISTS for word in entry.get(name, [])]
    return [f"{name}：{text}" for name, text in facts.items() if text] + words
