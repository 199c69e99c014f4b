"""Acceptance: evaluation round, conclusion, report; and the other way out: rectification, revocation."""

import io
import re
import subprocess
import tempfile
import zipfile

from portal.models import Document
from projects.models import Project
from tests.flows.steps_center import close_round, create_round, move
from tests.flows.steps_review import score_round
from tests.flows.world import World, pdf

BOARD = "/admin/reviews/acceptanceconclusion/"


def evaluate_too_early(world: World, project: Project) -> None:
    """Before the contract's period is over nothing is evaluated (16)."""
    page = world.visit("officer").open(f"{BOARD}board/")
    page = page.press("组织验收评价", action=f"/start/{project.pk}/")
    assert "执行期" in page
    project.refresh_from_db()
    assert project.state == "final_submitted"


def evaluate(world: World, project: Project, *, share: int) -> None:
    """The officer starts the evaluation; experts judge by the article 11 criteria."""
    page = world.visit("officer").open(f"{BOARD}board/")
    page.press("组织验收评价", action=f"/start/{project.pk}/")
    project.refresh_from_db()
    assert project.state == "evaluating"
    round = create_round(world, project.call, "acceptance", f"验收评价{project.pk}")
    score_round(world, round, share)
    close_round(world, round)


def conclude(world: World, project: Project, code: str, state: str) -> None:
    """The officer drafts the conclusion, the director issues it."""
    page = world.visit("officer").open(f"{BOARD}draft/{project.pk}/")
    page.press("提交结论待签发", code=code, opinion="经专家组评价和材料核对，形成以上结论，理由见评分表。")
    conclusion = project.conclusions.first()
    officer = world.visit("officer").open(f"{BOARD}{conclusion.pk}/change/")
    assert "/move/issue/" not in officer
    move(world.visit("director"), "reviews/acceptanceconclusion", conclusion.pk, "issue", "下达验收结论")
    project.refresh_from_db()
    assert project.state == state


def report_of(world: World, project: Project, render) -> bytes:
    """The acceptance report: queued with progress on its page, then rendered by `render` (the worker's task)."""
    document = Document.objects.filter(kind="acceptance_report").latest("pk")
    address = f"/documents/{document.verification_code}/"
    # Scores and opinions of the experts are in it: the unit gets the conclusion, not this paper.
    world.visit("leader").open(address, expect=404)
    visitor = world.visit("officer")
    page = visitor.open(address)
    assert document.get_state_display() in page
    render(document.pk)
    document.refresh_from_db()
    assert document.state == "ready", document.error
    assert "验收报告" in world.public().open(f"/verify/{document.verification_code}/")
    data = visitor.client.get(f"{address}file/").content
    assert data.startswith(b"%PDF-")
    return data


def rectify_in_vain(world: World, project: Project) -> None:
    """Article 20: the unit replies, the center finds it not enough."""
    rectification = project.rectifications.get()
    address = f"/projects/{project.public_id}/rectifications/{rectification.pk}/"
    page = world.visit("leader").open(address)
    page.press("提交整改报告", reply="已补充部分材料，其余正在办理。" * 5, files=pdf("整改.pdf", "rectified"))
    move(
        world.visit("director"),
        "projects/rectification",
        rectification.pk,
        "miss",
        "认定整改不到位",
        note="第 2 项问题仍未解决",
    )


def revoke(world: World, project: Project) -> None:
    """A case is opened, the hearing passes, BAST revokes the qualification."""
    page = world.visit("officer").open(f"/admin/projects/project/{project.pk}/revoke/")
    page.press("提出撤销资格", facts="整改期满仍未达到任务合同约定的要求。")
    case = project.consortium.revocations.get()
    world.travel(20)
    move(world.visit("bast"), "consortia/revocation", case.pk, "revoke", "决定撤销资格", note="经核实，事实清楚")
    case.refresh_from_db()
    assert case.state == "revoked"
    assert project.consortium.qualifications.filter(status="revoked").exists()


def archive(world: World, project: Project) -> None:
    """The project is closed, and its archive downloaded as a zip with an index."""
    officer = world.visit("officer")
    move(officer, "projects/project", project.pk, "close", "归档")
    project.refresh_from_db()
    assert project.state == "closed"
    answer = officer.client.get(f"/admin/projects/project/{project.pk}/archive/")
    names = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()
    assert any(name.endswith("index.xlsx") for name in names)


def text_of_pdf(data: bytes) -> str:
    """The words of a PDF, without blanks, since extraction breaks lines anywhere."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        done = subprocess.run(["pdftotext", file.name, "-"], capture_output=True, text=True, check=True)
    return re.sub(r"\s+", "", done.stdout)
