"""Writes of task contracts (8(3), 9): prepare, issue, sign by scan and digest, confirm."""

import re
from decimal import Decimal

from django.utils import timezone

from consortia.seats import people_of
from portal import access, documents, events, files, notify, workflow
from portal.editions import edition
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from portal.measures.process import contract_gate
from projects.actions.reports import schedule_reports
from projects.documents.contracts import contract_snapshot
from projects.models import ChangeRequest, Contract, Instalment
from projects.queries.contracts import contract_facts, effective_contract, instalment_rows
from projects.queries.versions import latest_version
from projects.states import ContractState, ProjectState

SCAN_FORMATS = ("pdf",)
DIGEST_MIN = 12  # as many characters as the page foot and the portal show for comparison


@workflow.action
def prepare_contract(project, *, by) -> Contract:
    """Make the first contract text from the frozen application, after the gate of 8(3), 4, 10 and 16.

    Amounts in 元, exact to the fen; raises Refused with the findings of the gate.
    """
    if not access.allowed(by, "projects.manage_contract", project):
        raise NotAllowed("您的账号不能拟定合同。", article="8(3)")
    workflow.lock(project.application)
    project = workflow.lock(project)
    if effective_contract(project) is not None:
        raise Conflict("该项目的任务合同已生效。修改须办理变更，生成新版本。", article="17(4)")
    return draft_version(project, by=by)


def draft_version(project, *, by, change=None) -> Contract:
    """The next version of the text; `change` is an approved ChangeRequest. The caller holds the project's lock."""
    base = effective_contract(project)
    number = (project.contracts.order_by("-version").values_list("version", flat=True).first() or 0) + 1
    version = latest_version(project.application)
    parts = {} if change is None else {"amendment": {"change": change.pk, "kind": change.kind, "reason": change.reason}}
    snapshot = contract_snapshot(project, version, number=number, change=_carried(base, change) | parts)
    snapshot["contract"] = snapshot["contract"] | {"version": number}
    return _store(project, snapshot, number=number, by=by, amends=base is not None)


def _carried(base, change) -> dict:
    """Parts of the text in force, with the approved change over them; empty for the first version."""
    if base is None or change is None:
        return {}
    kept = {
        key: base.snapshot[key]
        for key in ("contract", "kpi_rows", "stages", "budget", "party_b")
        if key in base.snapshot
    }
    for key, value in change.after.get("snapshot", {}).items():
        kept[key] = (kept.get(key) or {}) | value if isinstance(value, dict) else value
    return kept


def _store(project, snapshot: dict, *, number: int, by, amends: bool) -> Contract:
    start_on, end_on = (_day(snapshot["contract"][key]) for key in ("execution_from", "execution_to"))
    amount = Decimal(snapshot["contract"]["amount"])
    facts = contract_facts(project, snapshot, amount=amount, start_on=start_on, end_on=end_on, amends=amends)
    _pass_gate(project, facts)
    contract = Contract.objects.create(
        project=project,
        version=number,
        amount=amount,
        grant_amount=project.grant_amount,
        start_on=start_on,
        end_on=end_on,
        snapshot=snapshot,
        sha256=documents.digest_of(snapshot),
        prepared_by=by,
    )
    Instalment.objects.bulk_create(
        Instalment(contract=contract, **row) for row in instalment_rows(project.call, amount) if row["amount"] > 0
    )
    events.record(
        "contract.prepare", "拟定任务合同", contract, by=by, article="8(3)", after={"sha256": contract.sha256}
    )
    return contract


def _day(text: str):
    return timezone.datetime.fromisoformat(text).date()


def _pass_gate(project, facts) -> None:
    found = blocks(contract_gate(facts, edition(project.call.edition)))
    if found:
        raise Refused.from_findings(found)


@workflow.action
def issue_contract(contract, *, by, note="") -> Contract:
    """Send the text to the unit for signing and make its PDF; the text is what was frozen."""
    workflow.lock(contract.project)
    contract = workflow.lock(contract)
    workflow.move(contract, "issue", by=by, note=note)
    title = "项目任务合同书" if contract.version == 1 else "项目补充任务合同书"
    documents.request_document("task_contract", contract, contract.snapshot, title=title, by=by)
    _tell(contract, "任务合同待签署", "请下载合同文本，签字盖章后上传扫描件。")
    return contract


@workflow.action
def withdraw_contract(contract, *, by, note="") -> Contract:
    """Take back a text that is not signed yet; a new one can be prepared."""
    workflow.lock(contract.project)
    contract = workflow.lock(contract)
    if contract.state == ContractState.EFFECTIVE:
        raise Conflict("合同已生效，不能撤回。修改须办理变更。", article="17(4)")
    workflow.move(contract, "supersede", by=by, note=note)
    return contract


@workflow.action
def upload_signed(contract, *, scan, digest, by, note="") -> Contract:
    """Hand in the sealed scan; the digest at the foot of its pages must be that of the issued text (C3).

    `scan` is (bytes, name); `digest` at least its first 12 characters.
    """
    workflow.lock(contract.project)
    contract = workflow.lock(contract)
    typed = re.sub(r"sha-?256|[^0-9a-f]", "", digest.lower())
    if len(typed) < DIGEST_MIN or not contract.sha256.startswith(typed):
        raise Invalid(
            "摘要与平台签发的合同文本不一致。请核对扫描件页脚的摘要（至少前 12 位），确认签署的是最新版本。",
            article="8(3)",
        )
    stored = files.store(scan[0], scan[1], by=by, formats=SCAN_FORMATS)
    workflow.move(
        contract,
        "upload_signed",
        by=by,
        note=note,
        scan=stored,
        scan_digest=contract.sha256,
        signed_by=by,
        signed_at=timezone.now(),
    )
    notify.tell([contract.prepared_by], f"合同扫描件已上传：{contract.project.number}", "请核对后提请生效。")
    return contract


@workflow.action
def send_back_contract(contract, *, by, note="") -> Contract:
    """Return the scan to the unit, with the reason; the old scan no longer counts."""
    workflow.lock(contract.project)
    contract = workflow.lock(contract)
    if not note.strip():
        raise Invalid("请填写退回原因。")
    workflow.move(contract, "send_back", by=by, note=note, scan=None, scan_digest="", signed_by=None, signed_at=None)
    _tell(contract, "合同扫描件被退回", note)
    return contract


@workflow.action
def confirm_contract(contract, *, by, note="") -> Contract:
    """The director makes a signed contract effective; the gate of 8(3) is asked again in the same transaction."""
    workflow.lock(contract.project.application)
    project = workflow.lock(contract.project)
    contract = workflow.lock(contract)
    if contract.prepared_by_id == by.pk:
        raise NotAllowed("合同由您拟定，须由另一人核对生效。")
    if contract.scan_id is not None and contract.scan_digest != contract.sha256:
        raise Refused("扫描件对应的摘要与合同文本不一致，请退回重新上传。", article="8(3)")
    previous = effective_contract(project)
    facts = contract_facts(
        project,
        contract.snapshot,
        amount=contract.amount,
        start_on=contract.start_on,
        end_on=contract.end_on,
        amends=previous is not None,
        own_pk=contract.pk,
    )
    _pass_gate(project, facts)
    if previous is not None:
        workflow.move(previous, "supersede", by=None, note=f"由第{contract.version}版替代")
    today = timezone.localdate()
    workflow.move(contract, "make_effective", by=by, note=note, confirmed_by=by, effective_on=today)
    _take_effect(project, contract, by=by)
    _tell(contract, "任务合同已生效", f"自 {today:%Y-%m-%d} 起生效。")
    return contract


def _take_effect(project, contract, *, by) -> None:
    """The first contract starts the project; a later one carries its change into the project's own columns."""
    if project.state == ProjectState.CONTRACTING:
        workflow.move(project, "start", by=by)
        schedule_reports(project, contract)
        return
    before = {"end_on": project.end_on, "leader": project.leader}
    project.start_on, project.end_on = contract.start_on, contract.end_on
    change = ChangeRequest.objects.filter(pk=contract.snapshot.get("amendment", {}).get("change")).first()
    if change is not None and change.kind == "leader":
        project.leader_id = change.after["leader"]
    project.save(update_fields=["start_on", "end_on", "leader"])
    after = {"end_on": project.end_on, "leader": project.leader}
    events.record("project.amend", "按补充合同更新项目", project, by=by, before=before, after=after)


def _tell(contract, title: str, body: str) -> None:
    project = contract.project
    people = [*people_of(project.lead_unit, "drafter", "unitadmin"), project.leader]
    notify.tell(people, f"{title}：{project.title}", body, url=f"/projects/{project.public_id}/contract/")
