"""Asking for the papers of a round: score sheets, the list with its scores (8(2), D6, R8)."""

from portal import access, documents, workflow
from portal.errors import NotAllowed, Refused
from portal.models import Document
from reviews.documents.lists import list_snapshot
from reviews.documents.sheets import SUBJECT, sheets_snapshot
from reviews.models import Assignment, ReviewItem

# A sheet takes a page and up to 150 milliseconds; a paper is laid out in a minute or not at all.
SHEETS_MAX = 200
ITEMS_MAX = 100


def _require(by, round) -> None:
    if not access.allowed(by, "reviews.view_ranking", round):
        raise NotAllowed("您的账号不能查看评分表。", article="8(2)")
    if round.state != "closed":
        raise Refused("评审结束后才能汇总打印评分表。", article="8(2)")


@workflow.action
def request_score_sheets(round, *, by) -> Document:
    """Queue one PDF with all submitted sheets of a closed round; a long round is printed item by item (8(2))."""
    _require(by, round)
    number = Assignment.objects.filter(item__round=round, state="submitted").count()
    if number > SHEETS_MAX:
        raise Refused(
            f"本轮共 {number} 份评分表，超过一份 PDF 的上限 {SHEETS_MAX} 份，没有生成。"
            "请在“评审排名”中筛选并勾选项目，按项目分别生成。",
            article="8(2)",
        )
    items = list(round.items.select_related(*SUBJECT).order_by("rank", "pk"))
    title = f"专家评分表（{round.title}）"[:200]
    return documents.request_document("score_sheets", round, sheets_snapshot(round, items), title=title, by=by)


@workflow.action
def request_item_sheets(round, *, items, by) -> list[Document]:
    """Queue a PDF for each of the chosen items with all its sheets, at most a hundred at once (8(2))."""
    _require(by, round)
    rows = list(ReviewItem.objects.filter(round=round, pk__in=items).select_related(*SUBJECT)[: ITEMS_MAX + 1])
    if not rows:
        raise Refused("没有勾选项目。请先勾选要生成评分表的项目。")
    if len(rows) > ITEMS_MAX:
        raise Refused(f"一次最多为 {ITEMS_MAX} 个项目生成评分表。请分几次办理。")
    return [
        documents.request_document(
            "item_sheets",
            row,
            sheets_snapshot(round, [row]),
            title=f"专家评分表（{row.number} {row.title}）"[:200],
            by=by,
        )
        for row in rows
    ]


def queue_list(proposal, *, by) -> Document:
    """The list as it was put up, with scores and signatures so far; the same state gives the same paper."""
    title = f"拟支持名单（{proposal.round.title}）"[:200]
    return documents.request_document("selection_list", proposal, list_snapshot(proposal), title=title, by=by)


@workflow.action
def request_list(proposal, *, by) -> Document:
    """Queue the printable list of a proposal that has been put up (D6)."""
    if not access.allowed(by, "reviews.view_proposal", proposal):
        raise NotAllowed("您的账号不能打印拟支持名单。", article="8(2)")
    if not proposal.attempts.exists():
        raise Refused("名单还没有提交过，不能打印。", article="8(2)")
    return queue_list(proposal, by=by)
