"""Writes of the ban check's lexicon (F4): a draft is edited and tested, a tested draft becomes a numbered version."""

import copy

from django.db import IntegrityError, transaction
from django.db.models import Max

from funding.models import LexiconDraft, LexiconTest, LexiconVersion
from funding.queries import lexicon as words
from funding.queries.spending import effective_lexicon
from funding.states import LexiconTestState
from portal import access, documents, events, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.lexicon import Lexicon, LexiconError

REASON_MIN = 10
BUSY = (LexiconTestState.QUEUED, LexiconTestState.RUNNING)
CHANGED = "没有保存：打开本页之后，他人修改了词库草稿。请查看最新草稿，在其上重新修改；您填写的内容仍在下面。"


def _require_editor(by) -> None:
    if not access.allowed(by, "funding.edit_lexicon"):
        raise NotAllowed("您的账号不能修改禁列词库。", article="14")


def compiled(entries: dict) -> Lexicon:
    """The lexicon of the data; raises Invalid with the editor's error in Chinese."""
    try:
        return Lexicon.from_entries(entries)
    except LexiconError as error:
        raise Invalid(str(error)) from error
    except ValueError as error:
        raise Invalid("词库的办法年度须为数字，例如 2025。") from error


@workflow.action
def save_version(*, entries, note, by, test=None, override_reason="") -> LexiconVersion:
    """Store a whole lexicon (data of a lexicon file: edition, version, items, classes, entry, purpose) as a version.

    Raises Invalid with the editor's error in Chinese when it cannot be compiled.
    """
    _require_editor(by)
    if not note.strip():
        raise Invalid("请填写修改说明。")
    number = (LexiconVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    data = copy.deepcopy(entries)
    data["version"] = f"{data.get('edition')}-第{number}版"
    fields = {"note": note.strip()[:300], "override_reason": override_reason[:500], "test": test, "made_by": by}
    edition = str(compiled(data).edition)
    try:
        with transaction.atomic():
            version = LexiconVersion.objects.create(number=number, edition=edition, entries=data, **fields)
    except IntegrityError as error:
        raise Conflict("他人刚刚保存了新版词库，请在最新版上重新修改。") from error
    after = {"test": test.pk if test else None, "override_reason": override_reason}
    events.record("lexicon.save", "发布禁列词库", version, by=by, note=note, article="14", after=after)
    return version


@workflow.action
def save_entry(*, entry, replaces="", seen, by, edition=None) -> LexiconDraft:
    """Put one entry into the draft, replacing the entry `replaces`; the first edit begins a draft.

    `seen` is the digest of what the form was made from (queries.lexicon.digest_seen). Raises Conflict (409) when that
    is no longer what there is, so that no update is lost.
    """
    return _edit(lambda data: words.with_entry(data, entry, replaces=replaces), entry["id"], seen, by, edition)


@workflow.action
def remove_entry(*, code, seen, by, edition=None) -> LexiconDraft:
    """Take one entry out of the draft."""
    return _edit(lambda data: words.without_entry(data, code), code, seen, by, edition)


def _edit(change, code: str, seen: str, by, edition: str | None) -> LexiconDraft:
    _require_editor(by)
    edition = edition or words.current_edition()
    draft = LexiconDraft.objects.select_for_update().filter(edition=edition).first()
    data = draft.entries if draft else words.current_data(edition)
    if documents.digest_of(data) != seen:
        raise Conflict(CHANGED, article="14")
    data = change(data)
    compiled(data)
    fields = {"entries": data, "digest": documents.digest_of(data), "edited_by": by}
    if draft is None:
        draft = _begin(edition, fields)
    else:
        for name, value in (fields | {"revision": draft.revision + 1}).items():
            setattr(draft, name, value)
        draft.save()
    events.record(
        "lexicon.draft", "修改词库草稿", draft, by=by, note=code, article="14", after={"digest": draft.digest}
    )
    return draft


def _begin(edition: str, fields: dict) -> LexiconDraft:
    try:
        with transaction.atomic():
            return LexiconDraft.objects.create(edition=edition, base=effective_lexicon(edition)[1], **fields)
    except IntegrityError as error:
        raise Conflict(CHANGED, article="14") from error


@workflow.action
def discard_draft(*, seen, by, edition=None) -> None:
    """Throw the draft away; versions in force are not touched, what was edited stands in the log by its digest."""
    _require_editor(by)
    draft = _locked_draft(seen, edition)
    events.record("lexicon.discard", "放弃词库草稿", draft, by=by, article="14", before={"digest": draft.digest})
    draft.delete()


def _locked_draft(seen: str, edition: str | None) -> LexiconDraft:
    rows = LexiconDraft.objects.select_for_update().filter(edition=edition or words.current_edition())
    draft = rows.first()
    if draft is None:
        raise Conflict("词库草稿已发布或已放弃。请刷新页面。", article="14")
    if draft.digest != seen:
        raise Conflict(CHANGED, article="14")
    return draft


@workflow.action
def request_test(*, by, edition=None) -> LexiconTest:
    """Have the draft run over all decided and waiting lines; a run of the same content that is under way is kept."""
    _require_editor(by)
    draft = LexiconDraft.objects.select_for_update().filter(edition=edition or words.current_edition()).first()
    if draft is None:
        raise Conflict("没有词库草稿。请先修改词条。", article="14")
    busy = LexiconTest.objects.filter(
        digest=draft.digest, state__in=(LexiconTestState.QUEUED, LexiconTestState.RUNNING)
    )
    if found := busy.first():
        return found
    test = LexiconTest.objects.create(
        edition=draft.edition, digest=draft.digest, entries=draft.entries, requested_by=by
    )
    events.record("lexicon.test", "测试词库草稿", test, by=by, article="14", after={"digest": draft.digest})
    transaction.on_commit(lambda: documents.send_task("funding.tasks.test_lexicon", test.pk))
    return test


@workflow.action
def publish_draft(*, seen, note, by, override_reason="", edition=None) -> LexiconVersion:
    """Make the draft the version in force. Needs a finished test of exactly this content, and a reason of its own when
    that test found lines where the draft contradicts what people decided. Old findings keep their version.
    """
    _require_editor(by)
    draft = _locked_draft(seen, edition)
    if draft.base != effective_lexicon(draft.edition)[1]:
        raise Conflict("起草之后词库已有新版。请放弃草稿，在最新版上重新修改。", article="14")
    test = words.test_of(draft)
    if test is None:
        raise Refused("请先测试这份草稿：内容修改之后须重新测试，才能发布。", article="14")
    reason = override_reason.strip()
    against = test.result["counts"]["against"]
    if against and len(reason) < REASON_MIN:
        raise Refused(
            f"草稿与 {against} 笔人工认定相反。请逐笔核对；确需发布的，写明理由（不少于 {REASON_MIN} 个字）。",
            article="14",
        )
    if words.decided_since(test):
        raise Refused("测试之后又有新的人工认定，请重新测试后发布。", article="14")
    version = save_version(
        entries=draft.entries, note=note, by=by, test=test, override_reason=reason if against else ""
    )
    draft.delete()
    return version
