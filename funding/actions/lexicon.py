"""Writes of the ban check's lexicon: each save is a new version, in force at once for new checks (F4)."""

import copy

from django.db import IntegrityError, transaction
from django.db.models import Max

from funding.models import LexiconVersion
from portal import access, events, workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.measures.lexicon import Lexicon, LexiconError


@workflow.action
def save_version(*, entries, note, by) -> LexiconVersion:
    """Store a whole lexicon (data of a lexicon file: edition, version, items, classes, entry, purpose) as a version.

    Raises Invalid with the editor's error in Chinese when it cannot be compiled.
    """
    if not access.allowed(by, "funding.edit_lexicon"):
        raise NotAllowed("您的账号不能修改禁列词库。", article="14")
    if not note.strip():
        raise Invalid("请填写修改说明。")
    number = (LexiconVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    data = copy.deepcopy(entries)
    data["version"] = f"{data.get('edition')}-第{number}版"
    try:
        edition = Lexicon.from_entries(data).edition
    except LexiconError as error:
        raise Invalid(str(error)) from error
    except ValueError as error:
        raise Invalid("词库的办法年度须为数字，例如 2025。") from error
    try:
        with transaction.atomic():
            version = LexiconVersion.objects.create(
                number=number, edition=str(edition), entries=data, note=note.strip()[:300], made_by=by
            )
    except IntegrityError as error:
        raise Conflict("他人刚刚保存了新版词库，请在最新版上重新修改。") from error
    events.record("lexicon.save", "保存禁列词库", version, by=by, note=note, article="14")
    return version
