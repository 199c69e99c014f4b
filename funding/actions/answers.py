"""Writes of the unit's answers to findings of the ban check: append-only, with evidence files (14, 18)."""

from funding.models import LineAnswer, LineAnswerFile
from funding.queries.answers import is_open
from portal import access, events, notify, workflow
from portal import files as store
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

FORMATS = ("pdf", "png", "jpg", "jpeg", "xlsx", "docx")
FILES_MAX = 5
TEXT_MIN, TEXT_MAX = 4, 2000


@workflow.action
def answer_line(line, *, text, by, files=()) -> LineAnswer:
    """Answer a doubt or a ban before a person has decided it; `files` are (bytes, name), at most five."""
    project = workflow.lock(line.project)
    line = workflow.lock(line)
    if not access.allowed(by, "funding.answer_line", line):
        raise NotAllowed("只有牵头单位可以答复核查提示。", article="18")
    if not is_open(line, list(line.decisions.order_by("-id"))):
        raise Conflict(
            "该凭证已由财务认定、已冲销或没有提示，不能再答复。仍有异议的，请联系中心财务重新打开。", article="14"
        )
    if not TEXT_MIN <= len(text.strip()) <= TEXT_MAX:
        raise Invalid(f"请写明情况（{TEXT_MIN} 至 {TEXT_MAX} 个字）。")
    if len(files) > FILES_MAX:
        raise Invalid(f"一次最多附 {FILES_MAX} 个文件，请合并后再传。")
    answer = LineAnswer.objects.create(line=line, text=text.strip(), answered_by=by)
    names = _keep(answer, files, by)
    events.record("ledger.answer", "答复核查提示", line, by=by, note=text, article="18", after={"files": names})
    title = f"单位已答复：{project.number} {line.voucher_no}"
    url = f"/admin/funding/ledgerline/workbench/{line.pk}/?answered=yes"
    notify.tell(User.objects.with_duty("finance"), title, text.strip()[:200], url=url, mail=False)
    return answer


def _keep(answer: LineAnswer, uploads, by) -> list[str]:
    stored = {}
    for data, name in uploads:
        file = store.store(data, name, by=by, formats=FORMATS)
        # The same bytes twice in one answer are one paper.
        stored.setdefault(file.sha256, file)
    LineAnswerFile.objects.bulk_create([LineAnswerFile(answer=answer, file=file) for file in stored.values()])
    return [file.name for file in stored.values()]
