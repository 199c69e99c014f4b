"""Which evidence counts for an indicator of article 10, and what is wrong with the rest."""

import re
from collections.abc import Iterator

from portal.measures.counting import HAN, count_strict, is_repetitive
from portal.measures.credit_code import check_credit_code
from portal.measures.edition_schema import Edition
from portal.measures.evidence import (
    Claim,
    DocumentEvidence,
    EventEvidence,
    Evidence,
    MapEvidence,
    MembershipEvidence,
    TextEvidence,
    TransferEvidence,
    distinct_people,
    fold_name,
)
from portal.measures.findings import Finding, ask, block, rule, warn
from portal.measures.workdays import date_cn, period_cn

_FIGURE = re.compile(r"[0-9０-９一二三四五六七八九十百千万亿]")
_WEB_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s/]+", re.IGNORECASE)


@rule("16", "9")
def evidence_dated_in_period(claim: Claim[Evidence], _edition: Edition) -> Iterator[Finding]:
    """Evidence falls inside the contract period; only the summary may be written after its end."""
    item, context = claim.item, claim.context
    if item.dated is None:
        yield block("没有填写日期，无法确认是否在执行期内。", item.number, "请填写日期。")
        return
    too_late = item.dated > context.period_end and not isinstance(item, TextEvidence)
    if item.dated < context.period_start or too_late:
        period = period_cn(context.period_start, context.period_end)
        yield block(
            f"日期{date_cn(item.dated)}不在任务合同执行期（{period}）内，不予计数。",
            item.number,
            "请核对日期；执行期外的成果不能用于本项目。",
        )


@rule("10(1)", "5(1)1")
def evidence_used_once(claim: Claim[Evidence], _edition: Edition) -> Iterator[Finding]:
    """One achievement counts once, in one project, unless an officer recorded that it is shared."""
    item = claim.item
    if item.other_projects and not item.shared:
        others = "、".join(item.other_projects)
        yield block(
            f"同一成果已在其他项目（{others}）中申报，不予重复计数。",
            item.number,
            "请更换成果，或由经办人作出共享认定。",
        )
    if item.file_twins:
        yield ask(f"佐证文件与{'、'.join(item.file_twins)}的文件完全相同。", item.number, "请核对是否误传或重复使用。")


@rule("10(1)1")
def member_is_new(claim: Claim[MembershipEvidence], _edition: Edition) -> Iterator[Finding]:
    """A new member has a valid code, was not there at the baseline, is not the lead and has not left."""
    item, context = claim.item, claim.context
    checked = check_credit_code(item.credit_code)
    if checked.error:
        yield block(f"{item.unit_name}：{checked.error}", item.number, "请更正统一社会信用代码。")
    elif checked.normalised == context.lead_code:
        yield block(f"{item.unit_name}是牵头单位，不属于扩容成员。", item.number)
    elif checked.normalised in context.baseline_codes:
        yield block(f"{item.unit_name}在申报时已是联合体成员，不属于新增。", item.number)
    if item.left_on is not None and item.left_on <= context.period_end:
        yield block(f"{item.unit_name}已于{date_cn(item.left_on)}退出联合体，不予计数。", item.number)
    if not item.has_agreement:
        yield block(f"{item.unit_name}缺少双方盖章的入会或合作协议。", item.number, "请上传协议扫描件。")


@rule("10(1)2")
def transfer_in_beijing(claim: Claim[TransferEvidence], edition: Edition) -> Iterator[Finding]:
    """A result is put to use in a Beijing district, out of or into the consortium, under a numbered contract."""
    item = claim.item
    if item.district not in {district.code for district in edition.districts}:
        yield block(
            "转化应用地点不在北京市内，办法第十条（一）2 要求在京转化应用。", item.number, "请填写在京转化的区。"
        )
    if not {item.provider_code, item.receiver_code} & claim.context.consortium_codes:
        yield block(
            "成果提供方和受让方都不是联合体单位，办法第十条（一）2 要求在联合体内部形成转化应用。",
            item.number,
            "请核对双方统一社会信用代码。",
        )
    if not fold_name(item.contract_number):
        yield block("没有填写技术合同或应用证明的编号。", item.number, "请填写编号。")


@rule("10(2)2")
def transfer_states_output(claim: Claim[TransferEvidence], _edition: Edition) -> Iterator[Finding]:
    """A transferred result states its effect or output in figures."""
    if not _FIGURE.search(claim.item.output):
        yield block(
            "没有写明成效或产出数据，不予计数。", claim.item.number, "请写出可核对的数字，例如销售额、产量、节约量。"
        )


@rule("10(1)3")
def report_handed_in(claim: Claim[DocumentEvidence], _edition: Edition) -> Iterator[Finding]:
    """A report counts when its file is there."""
    if not claim.item.has_file:
        yield block("没有上传报告全文。", claim.item.number, "请上传 PDF 文件。")


@rule("10(1)4")
def map_handed_in(claim: Claim[MapEvidence], edition: Edition) -> Iterator[Finding]:
    """A map counts when its kind is named and its file is there."""
    options = {option.code for kpi in edition.kpis if kpi.kind == "map" for option in kpi.options}
    if claim.item.option not in options:
        yield block("没有选择图谱类型（产业图谱或人才图谱）。", claim.item.number, "请选择类型。")
    if not claim.item.has_file:
        yield block("没有上传图谱文件。", claim.item.number, "请上传图谱及编制说明。")


@rule("10(1)5")
def event_hosted_by_bast(claim: Claim[EventEvidence], edition: Edition) -> Iterator[Finding]:
    """The association itself hosts and attends the event, together with a partner of an accepted kind."""
    item = claim.item
    accepted = {fold_name(name) for name in edition.targets.event_hosts}
    if not accepted & {fold_name(name) for name in item.hosts}:
        yield block(
            "主办单位中没有北京市科协（支持、指导单位不算），不予计数。",
            item.number,
            "请填写通知或议程上载明的全部主办单位。",
        )
    if not fold_name(item.bast_attendee):
        yield block("没有填写北京市科协的参会人员，办法第十条（一）5 要求市科协参与。", item.number, "请填写参会人员。")
    partners = {choice.code: choice.name for choice in edition.targets.event_partner_kinds}
    if item.partner_kind not in partners:
        yield block(f"联动单位须为{'、'.join(partners.values())}之一。", item.number, "请选择联动单位类型。")


@rule("10(2)3")
def event_large_enough(claim: Claim[EventEvidence], edition: Edition) -> Iterator[Finding]:
    """The sign-in sheet holds enough different people, whatever number was claimed."""
    item, floor = claim.item, edition.targets.event_min_attendance
    people = distinct_people(item.attendees)
    if people < floor:
        yield block(
            f"签到表去重后为 {people} 人，办法第十条（二）3 要求不少于 {floor} 人。", item.number, "请补充完整签到表。"
        )
    if people != item.claimed_attendance:
        yield warn(f"填报人数 {item.claimed_attendance} 与签到表去重人数 {people} 不一致，以签到表为准。", item.number)


@rule("10(2)4")
def event_in_the_news(claim: Claim[EventEvidence], _edition: Edition) -> Iterator[Finding]:
    """An event is followed by a published news item."""
    if not _WEB_ADDRESS.match(claim.item.news_url):
        yield warn("没有填写新闻稿链接，办法第十条（二）4 要求发布新闻稿件。", claim.item.number, "请补充新闻稿网址。")


@rule("10(1)6")
def summary_long_enough(claim: Claim[TextEvidence], edition: Edition) -> Iterator[Finding]:
    """The summary is long enough by the strict count; repetition or foreign filler is held for a reader."""
    item, floor = claim.item, edition.targets.summary_min_chars
    length = count_strict(item.text)
    if length < floor:
        yield block(
            f"工作总结为 {length} 字（不计标点和空格），办法第十条（一）6 要求不少于 {floor} 字。",
            item.number,
            "请补充内容。",
        )
    if is_repetitive(item.text):
        yield ask("工作总结中有大段重复文字。", item.number, "请经办人通读后认定。")
    if length and len(HAN.findall(item.text)) * 2 < length:
        yield ask("工作总结中汉字不足一半。", item.number, "请经办人通读后认定。")
