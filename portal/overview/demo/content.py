"""Texts of the demo year: themes from data files, composed into application sections, summaries and tables."""

import csv
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
SECTIONS = ("rationale", "foundation", "objectives", "implementation", "outcomes")
PARTNERS = ("district_government", "municipal_department", "national_society")


@dataclass(frozen=True)
class Theme:
    """A consortium with its project: a record of themes-*.toml."""

    number: int
    data: dict

    def __getattr__(self, name: str):
        """Fields of the record by name."""
        try:
            return self.data[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def variants(self) -> tuple[dict, ...]:
        """Fact sets of further projects."""
        return (self.data["second"], *self.data.get("extra", ()))


@cache
def themes() -> tuple[Theme, ...]:
    """All themes, in their order."""
    rows = [row for part in (1, 2) for row in tomllib.loads((DATA / f"themes-{part}.toml").read_text())["theme"]]
    return tuple(Theme(number, row) for number, row in enumerate(rows, start=1))


@cache
def expenses() -> tuple[dict, ...]:
    """Expense lines: 摘要, 科目, 收款方, 金额 (Decimal)."""
    with (DATA / "expense_lines.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row | {"金额": Decimal(row["金额"])} for row in csv.DictReader(file))


def title_of(theme: Theme, variant: int) -> str:
    """The project's title; variant 0 is the main project."""
    return theme.title if variant == 0 else theme.variants[variant - 1]["title"]


def sections(theme: Theme, variant: int) -> dict[str, str]:
    """The five texts of an application."""
    return _first(theme) if variant == 0 else _further(theme, theme.variants[variant - 1], variant)


def targets(theme: Theme, variant: int) -> dict[str, int]:
    """Committed indicators, all at or above the floor."""
    return {
        "member_expansion": 6 + (theme.number + variant) % 3,
        "tech_transfer": 3 + (theme.number * 2 + variant) % 2,
        "case_report": 1,
        "industry_map": 1,
        "innovation_event": 1,
        "work_summary": 1,
    }


def attendance(theme: Theme) -> int:
    """People that the event is planned for."""
    return 110 + theme.number * 3


def partner(theme: Theme) -> str:
    """The kind of partner of the event."""
    return PARTNERS[theme.number % 3]


def _chain(theme: Theme) -> str:
    names = theme.members
    return (
        f"联合体由{theme.lead['name']}牵头，服务{'、'.join(theme.districts)}的{theme.field}产业。"
        f"其中{names[0]}承担产品实现，{names[1]}承担关键技术研究，{names[2]}提供配套工艺与装备，"
        f"{names[3]}提供场地与企业服务，{names[4]}承担应用推广。"
    )


def _promise(theme: Theme, variant: int) -> str:
    goal = targets(theme, variant)
    return (
        f"考核指标为：年度扩容成员单位{goal['member_expansion']}家，在京转化应用成果{goal['tech_transfer']}项，"
        f"案例报告、图谱、工作总结各1份，产业创新活动1场且参与人数不少于{attendance(theme)}人。"
    )


def _first(theme: Theme) -> dict[str, str]:
    return {
        "rationale": f"{theme.rationale}\n项目属于{theme.field}领域，由牵头单位会同{theme.members[1]}提出。",
        "foundation": f"{_chain(theme)}\n{theme.mechanism}",
        "objectives": f"{theme.objectives}\n{_promise(theme, 0)}",
        "implementation": f"{theme.implementation}\n{theme.leader}统筹进度，{theme.supervisor}负责监督。",
        "outcomes": f"{theme.outcomes}\n成果在{theme.districts[0]}率先应用。",
    }


def _further(theme: Theme, facts: dict, variant: int) -> dict[str, str]:
    lead, names, area = theme.lead["name"], theme.members, "、".join(theme.districts)
    return {
        "rationale": (
            f"{facts['problem']}。这一问题在{facts['place']}表现得最为集中，{lead}在座谈和现场测量中反复听到一线人员提出。"
            f"已有的做法停留在单点改造，效果难以持续；而{facts['method']}，已经具备从实验走向应用的条件。"
            f"{facts['partners']}，各方需求与能力能够对上。围绕{theme.field}领域开展这项工作，"
            f"既回应{area}企业的迫切需要，也能带动{names[0]}、{names[2]}等成员补齐短板，为同类场景提供可参照的做法。"
        ),
        "foundation": (
            f"{_chain(theme)}\n{theme.mechanism}\n本项目另设专题小组：{facts['partners']}；小组每两周核对一次进度。"
        ),
        "objectives": (
            f"以{facts['place']}为试点，{facts['method']}，实现{facts['effect']}。"
            f"围绕这一目标设置三项任务：一是摸清现状，把“{facts['problem'][:16]}”等情况量化成可复测的基线；"
            f"二是完成技术集成与现场验证，形成可以交给使用单位独立操作的工具与手册；"
            f"三是组织供需对接与人才培养，推动{names[4]}等单位把成果带到更多场景。{_promise(theme, variant)}"
        ),
        "implementation": (
            f"准备阶段在{facts['place']}采集基线数据，由{names[1]}编写测试大纲，{names[3]}协调场地与安全手续。"
            f"研发阶段{facts['method']}，每完成一个版本即由使用单位试用并书面反馈。"
            f"验证阶段采取新旧方式并行比较，{facts['partners']}；数据由第三方保管，异常值须说明原因才能剔除。"
            f"推广阶段召开现场会，公布成本与效果，并向{area}的企业开放培训名额。"
            f"若试点单位生产任务调整，则启用备选场地，进度由{theme.supervisor}按月督办，重大变化及时报告管理单位。"
        ),
        "outcomes": (
            f"预期{facts['effect']}。成果由{names[0]}和{names[2]}在京转化，形成技术合同、操作手册与测试数据集，"
            f"并在{facts['place']}之外再落地两处；通过案例报告和图谱公开经验，为{theme.districts[-1]}等区域的企业提供参考，"
            f"培养能够独立运行维护的技术人员二十名。"
        ),
    }


def stages(start, end) -> list[dict]:
    """Three stages that fill the period."""
    third = (end - start) / 3
    cuts = [start, start + third, start + 2 * third, end]
    texts = (
        ("调研与方案", "完成需求调研、任务分工和测试大纲", "调研报告、测试大纲"),
        ("研发与验证", "完成技术集成、示范应用和成果转化", "样机或软件、技术合同、测试报告"),
        ("推广与总结", "举办产业创新活动，完成图谱、案例报告与工作总结", "图谱、案例报告、工作总结"),
    )
    step = (cuts[1] - cuts[0]).resolution
    return [
        {
            "name": name,
            "start_on": cuts[place] + (step if place else 0 * step),
            "end_on": cuts[place + 1],
            "goal": goal,
            "deliverable": product,
        }
        for place, (name, goal, product) in enumerate(texts)
    ]


def budget(theme: Theme, grant: Decimal) -> tuple[list[dict], list[dict]]:
    """(sources besides the grant, lines): grant lines sum to the grant, matching lines to the lead unit's share."""
    shift = theme.number
    rows = [
        (
            "meeting_fee",
            "academic_exchange",
            "产业创新活动场地与会务",
            52000 + 400 * shift,
            1,
            "场租、搭建与会务服务一场",
        ),
        ("expert_fee", "consulting", f"{theme.field}领域外部专家技术咨询", 2000, 24, "外部专家二十四人次"),
        ("testing_fee", "product_rd", "样品第三方测试", 3600 + 40 * shift, 15, "委托检测机构测试十五批"),
        ("publication_fee", "think_tank", "产业图谱编制与出版", 34000, 1, "编审、制图与出版一套"),
        ("travel_fee", "tech_transfer", "成果转化国内对接差旅", 1500, 22, "国内调研对接二十二人次"),
        ("outsourcing_fee", "tech_transfer", "应用验证委托服务", 46000 - 300 * shift, 1, "委托外部机构完成现场验证"),
        ("labour_fee", "academic_exchange", "活动外部志愿者劳务", 150, 40, "一百人以上活动志愿服务四十人次"),
    ]
    lines = [_line(row, "grant") for row in rows]
    rest = grant - sum((line["unit_price"] * line["quantity"] for line in lines), Decimal(0))
    lines.append(_line(("material_fee", "product_rd", "试制材料与耗材", rest, 1, "研发试制用材料一批"), "grant"))
    lines.append(_line(("rental_fee", "product_rd", "试验设备短期租用", 6000, 5, "租用五个月"), "matching"))
    lines.append(_line(("training_fee", "academic_exchange", "成员单位技术培训", 10000, 3, "培训三期"), "matching"))
    return [{"kind": "lead", "provider": theme.lead["name"], "amount": Decimal(60000)}], lines


def _line(row, source: str) -> dict:
    category, direction, item, price, quantity, basis = row
    return {
        "category": category,
        "direction": direction,
        "item": item,
        "source": source,
        "unit_price": Decimal(price),
        "quantity": Decimal(quantity),
        "times": Decimal(1),
        "basis": basis,
    }


def team(theme: Theme) -> list[dict]:
    """People of the project team: the leader and one of each core member."""
    surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈"
    given = ("景行", "思齐", "望舒", "知微", "怀瑾")
    tasks = ("方案设计", "关键技术研究", "样机与工艺", "场地与企业服务", "应用推广")
    rows = [
        {
            "name": theme.leader,
            "unit_name": theme.lead["name"],
            "title": "正高级工程师",
            "task": "项目总体负责",
            "months": Decimal(8),
        }
    ]
    for place, (unit, task) in enumerate(zip(theme.members, tasks, strict=True)):
        name = surnames[(theme.number + place * 3) % len(surnames)] + given[place]
        rows.append({"name": name, "unit_name": unit, "title": "工程师", "task": task, "months": Decimal(4 + place)})
    return rows
