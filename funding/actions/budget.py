"""Writes of the budget in use (16, 17(4)): moves within the free percentage, alerts, the surplus that goes back."""

from datetime import timedelta

from django.utils import timezone

from consortia.seats import people_of
from funding.models import BudgetVersion, SurplusReturn
from funding.queries.budget import ENDED, adjustment_facts, pace, plan_rows, surplus_amount
from funding.queries.ledger import period_of
from funding.queries.money import current_plan, money_summary
from portal import access, events, files, notify, workflow
from portal.editions import edition
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.budget import alerts_due, beyond_free, check_adjustment, moved, overspent
from portal.measures.findings import blocks
from portal.measures.rmb import format_money
from portal.measures.workdays import date_cn
from projects.queries.contracts import effective_contract
from projects.states import ProjectState

RECEIPT_FORMATS = ("pdf", "png", "jpg", "jpeg")
OPEN_STATES = (ProjectState.RUNNING, ProjectState.RECTIFYING, ProjectState.SUSPENDED)


@workflow.action
def adjust_budget(*, project, after, reason, by, seen=None) -> BudgetVersion:
    """Move money between categories within the free percentage; `after` is the whole plan {(category, source): 元}.

    `seen` is the number of the version that the person had before his eyes. More than the free percentage is refused:
    it needs the approval of a change request (17(4)).
    """
    project = workflow.lock(project)
    contract = effective_contract(project)
    if not access.allowed(by, "funding.adjust_budget", project):
        raise NotAllowed("您的账号不能调整该项目的预算。", article="17(4)")
    if contract is None or project.state not in OPEN_STATES:
        raise Conflict("项目没有在执行的任务合同，不能调整预算。", article="17(4)")
    if project.change_requests.filter(kind="budget", state="submitted").exists():
        raise Conflict("预算变更申请正在审批，请等待结果。", article="17(4)")
    number = project.budget_versions.count() + 1
    if seen is not None and seen != number - 1:
        raise Conflict("没有调整：打开本页之后，预算已有新版本。请刷新后重新填写。", article="17(4)")
    if not 4 <= len(reason.strip()) <= 500:
        raise Invalid("请写明调整理由（4 至 500 个字）。", article="17(4)")
    facts, year = adjustment_facts(project, after), edition(project.call.edition)
    if found := blocks(check_adjustment(facts, year)):
        raise Refused.from_findings(found)
    if beyond_free(facts.base, facts.after, year):
        percent = year.budget.free_percent
        raise Refused(
            f"有科目的累计调整超过合同预算的 {percent}%，须经审批。请在“合同”页提交预算变更申请。", article="17(4)"
        )
    changes = moved(facts.before, facts.after)
    version = BudgetVersion.objects.create(
        project=project,
        contract=contract,
        number=number,
        before=plan_rows(facts.before),
        after=plan_rows(facts.after),
        moved=sum(change for change in changes.values() if change > 0),
        reason=reason.strip(),
        made_by=by,
    )
    shown = {"number": number, "moved": version.moved}
    events.record("budget.adjust", "调整预算", version, by=by, note=reason, article="17(4)", after=shown)
    notify.tell([project.officer], f"单位自主调整预算：{project.title}", reason.strip(), url=_url(project), mail=False)
    return version


@workflow.action
def tell_alerts(project) -> int:
    """Tell unit and officer once of each threshold of the edition that is missed (16, 17(4)); how many were told."""
    year, money = edition(project.call.edition), money_summary(project)
    people = [*people_of(project.lead_unit, "unitadmin", "drafter"), project.leader, project.officer]
    now, told = pace(project, money), 0
    for alert in alerts_due(now, year)[-1:]:
        body = (
            f"执行期已过 {now.time}%，专项经费执行率 {now.rate}%，低于 {alert.rate}%。按目前进度到期末预计结余 "
            f"{format_money(now.rest)}。办法第十六条要求执行完毕。"
        )
        key = f"pace-{project.pk}-{period_of(project)[1]:%Y%m%d}-{alert.time}"
        told += notify.tell(people, f"经费执行偏慢：{project.title}", body, url=_url(project), key=key)
    planned = current_plan(project, money.contract_version)
    names = {item.code: item.name for item in year.budget_categories}
    grant = {key: spent for key, spent in money.by_category.items() if key[0] and key[1] == "grant"}
    for code, source in overspent(planned, grant, year):
        body = (
            f"科目“{names.get(code, code or '未分类')}”的支出已超过预算，请调整预算或改列科目（办法第十七条（四））。"
        )
        key = f"over-{project.pk}-{code}-{source}-v{project.budget_versions.count()}"
        told += notify.tell(people, f"科目超预算：{project.title}"[:120], body, url=_url(project), key=key[:120])
    return told


@workflow.action
def order_surplus_return(*, project, by) -> SurplusReturn:
    """At the end: the unit shall send back what it holds and has not spent; computed from the rows (16)."""
    project = workflow.lock(project)
    if not access.allowed(by, "funding.order_surplus", project):
        raise NotAllowed("您的账号不能办理结余退回。", article="16")
    money, year = money_summary(project), edition(project.call.edition)
    _check_end(project, money)
    amount = surplus_amount(money)
    if amount <= 0:
        raise Refused("专项经费没有结余，不需要退回。", article="16")
    due = timezone.localdate() + timedelta(days=year.budget.return_days)
    row = SurplusReturn.objects.create(
        project=project, amount=amount, net_paid=money.net_paid, due_on=due, ordered_by=by
    )
    after = {"amount": amount, "due_on": due}
    events.record("surplus.order", "通知退回结余", row, by=by, article="16", after=after)
    _tell_unit(row, "请退回专项经费结余", f"请于{date_cn(due)}前退回 {format_money(amount)}（办法第十六条）。")
    return row


def _check_end(project, money) -> None:
    """Nothing that could still change the rest is open."""
    if project.state == ProjectState.CLOSED:
        raise Refused("项目已归档，不能再办理结余退回。", article="16")
    if project.state not in ENDED and timezone.localdate() <= period_of(project)[1]:
        raise Refused("执行期未满，不能通知退回结余。", article="16")
    if money.ordered != money.paid:
        raise Refused("还有未付款的拨付指令，请先办结。", article="16")
    if money.pending_count:
        raise Refused(f"还有 {money.pending_count} 条凭证待核，认定后才能计算结余。", article="16")
    if project.clawbacks.filter(state__in=("draft", "notified", "decided")).exists():
        raise Refused("有未了结的资金追回，了结后才能计算结余。", article="17")
    if project.surplus_returns.exclude(state="cancelled").exists():
        raise Conflict("该项目已通知退回结余，不能重复通知。", article="16")


@workflow.action
def record_surplus_return(row, *, received_on, voucher_no, receipt, amount, by, note="") -> SurplusReturn:
    """Finance records the rest that came back, to the fen, with the slip (bytes, name); the money side is closed."""
    project = workflow.lock(row.project)
    row = workflow.lock(row)
    if row.ordered_by_id == by.pk:
        raise NotAllowed("退回由您通知，须由另一人登记到账。", article="16")
    if amount != row.amount:
        raise Invalid(f"到账金额须等于应退的 {format_money(row.amount)}。", article="16")
    if surplus_amount(money_summary(project)) != row.amount:
        raise Conflict("通知之后账目有变化，应退金额不再一致。请撤销通知后重新计算。", article="16")
    if received_on > timezone.localdate() or not voucher_no.strip() or len(voucher_no) > 40:
        raise Invalid("请填写不晚于今天的到账日期和凭证号（不超过 40 个字）。", article="16")
    stored = files.store(receipt[0], receipt[1], by=by, formats=RECEIPT_FORMATS)
    changes = {"recorded_by": by, "received_on": received_on, "voucher_no": voucher_no.strip(), "receipt": stored}
    workflow.move(row, "record", by=by, note=note, **changes)
    _tell_unit(row, "结余退回已到账", "该项目的专项经费已结清。")
    return row


@workflow.action
def cancel_surplus_return(row, *, by, note="") -> SurplusReturn:
    """Take back an order that was not followed yet, for example because a line was reversed since."""
    workflow.lock(row.project)
    row = workflow.lock(row)
    if not note.strip():
        raise Invalid("请填写撤销的原因。")
    workflow.move(row, "cancel", by=by, note=note)
    _tell_unit(row, "退回结余的通知已撤销", note)
    return row


def _url(project) -> str:
    return f"/projects/{project.public_id}/budget/"


def _tell_unit(row, title: str, body: str) -> None:
    project = row.project
    people = [*people_of(project.lead_unit, "unitadmin", "drafter"), project.leader]
    notify.tell(people, f"{title}：{project.title}", body, url=_url(project))
