"""Writes of rectification (20): order, reply, re-check."""

from django.utils import timezone

from consortia.seats import people_of
from portal import access, documents, events, files, notify, papers, workflow
from portal.editions import edition
from portal.errors import Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from portal.measures.rectification import OrderFacts, Problem, RecheckFacts, check_order, recheck_gate
from portal.measures.workdays import date_cn
from portal.models import User
from projects.documents.rectifications import rectification_paper
from projects.models import Rectification, RectificationFile
from projects.states import RectificationState

FORMATS = ("pdf", "docx", "xlsx", "png", "jpg", "jpeg")
MAX_FILES = 20
REQUIREMENT = "请按要求整改，并提交整改报告和证明材料。"


@workflow.action
def order_rectification(*, project, problems, articles, due_on, by) -> Rectification:
    """Order to put things right until `due_on`, with a notice in the official form (20).

    `problems` is text, one problem a line, or a list of lines or of {article, fact, requirement}; `articles` a list
    of references or a text that separates them by commas; a problem without its own takes them in turn.
    """
    project = workflow.lock(project)
    if not (access.allowed(by, "projects.conclude_project", project) or _is_officer(by, project)):
        raise NotAllowed("您的账号不能责令整改。", article="20")
    rows = problem_rows(problems, articles)
    facts = OrderFacts(
        problems=tuple(Problem(row["article"], row["fact"]) for row in rows),
        issued_on=timezone.localdate(),
        due_on=due_on,
        other_open_orders=_open_orders(project),
    )
    found = blocks(check_order(facts, edition(project.call.edition)))
    if found:
        raise Refused.from_findings(found)
    rectification = Rectification.objects.create(
        project=project,
        problems="\n".join(row["fact"] for row in rows),
        articles="、".join(dict.fromkeys(row["article"] for row in rows))[:100],
        due_on=due_on,
        ordered_by=by,
    )
    _issue(rectification, rows, by)
    return rectification


def _is_officer(by, project) -> bool:
    return access.allowed(by, "projects.supervise_project", project)


def _open_orders(project) -> tuple[str, ...]:
    waiting = project.rectifications.filter(state__in=[RectificationState.ORDERED, RectificationState.REPLIED])
    return tuple(f"第{row.pk}号" for row in waiting)


def problem_rows(problems, articles) -> list[dict]:
    """Problems as {article, fact, requirement}, whatever form they came in."""
    if isinstance(articles, str):
        articles = articles.replace("，", ",").replace("、", ",").split(",")
    references = [reference.strip() for reference in articles if reference.strip()] or ["20"]
    lines = problems.splitlines() if isinstance(problems, str) else list(problems)
    rows = []
    for line in lines:
        row = line if isinstance(line, dict) else {"fact": line}
        fact = str(row.get("fact", "")).strip()
        if fact:
            article = row.get("article") or references[min(len(rows), len(references) - 1)]
            rows.append({"article": article, "fact": fact, "requirement": row.get("requirement") or REQUIREMENT})
    return rows


def _issue(rectification, rows: list[dict], by) -> None:
    """Log first (the number is taken under the log's lock), then the paper, then tell the unit."""
    project = rectification.project
    events.record(
        "rectification.order",
        "责令整改",
        rectification,
        by=by,
        article="20",
        after={"project": project.number, "due_on": rectification.due_on},
    )
    number = papers.next_number(edition(project.call.edition))
    snapshot = rectification_paper(rectification, rows, number=number, by=by)
    documents.request_document("rectification_notice", rectification, snapshot, title="关于责令限期整改的通知", by=by)
    _tell(project, f"责令整改：{project.title}", f"整改期限至{date_cn(rectification.due_on)}。")


def _tell(project, title: str, body: str) -> None:
    people = [*people_of(project.lead_unit, "drafter", "unitadmin", "supervisor"), project.leader]
    notify.tell(people, title[:120], body, url=f"/projects/{project.public_id}/rectifications/")


@workflow.action
def reply_rectification(rectification, *, reply, by, sent=()) -> Rectification:
    """Report what was put right; `sent` are (bytes, name) pairs."""
    project = workflow.lock(rectification.project)
    rectification = workflow.lock(rectification)
    if not reply.strip():
        raise Invalid("请填写整改报告。", article="20")
    if len(sent) > MAX_FILES:
        raise Invalid(f"整改佐证最多 {MAX_FILES} 个文件。")
    workflow.move(rectification, "reply", by=by, reply=reply.strip(), replied_by=by, replied_at=timezone.now())
    for content, name in sent:
        stored = files.store(content, name, by=by, formats=FORMATS)
        RectificationFile.objects.create(rectification=rectification, file=stored)
    people = [rectification.ordered_by, *User.objects.with_duty("officer")]
    notify.tell(people, f"整改报告已提交：{project.title}"[:120], f"项目编号 {project.number}。")
    return rectification


@workflow.action
def recheck_rectification(rectification, *, fulfilled, by, note) -> Rectification:
    """Judge the rectification: fulfilled or not; without a reply only after the term has run out (20).

    Only the order is closed here; the project is concluded by the acceptance conclusion.
    """
    project = workflow.lock(rectification.project)
    rectification = workflow.lock(rectification)
    if not note.strip():
        raise Invalid("请填写复核意见。", article="20")
    replied = rectification.replied_at
    facts = RecheckFacts(
        due_on=rectification.due_on,
        today=timezone.localdate(),
        replied_on=timezone.localdate(replied) if replied else None,
        reply_text=rectification.reply,
    )
    found = blocks(recheck_gate(facts, edition(project.call.edition)))
    if found:
        raise Refused.from_findings(found)
    workflow.move(
        rectification,
        "fulfil" if fulfilled else "miss",
        by=by,
        recheck=note.strip(),
        rechecked_by=by,
        rechecked_at=timezone.now(),
    )
    _tell(project, f"整改复核：{'到位' if fulfilled else '不到位'}", note)
    return rectification


@workflow.action
def fulfil_rectification(rectification, *, by, note="") -> Rectification:
    """The admin's button 认定整改到位."""
    return recheck_rectification(rectification, fulfilled=True, by=by, note=note)


@workflow.action
def miss_rectification(rectification, *, by, note="") -> Rectification:
    """The admin's button 认定整改不到位."""
    return recheck_rectification(rectification, fulfilled=False, by=by, note=note)
