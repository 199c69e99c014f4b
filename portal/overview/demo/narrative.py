"""Texts that tell of work done: outputs of transfers, progress reports, the work summary, final accounts."""

from portal.overview.demo import content
from portal.overview.demo.content import Theme

_STEMS = ("衡远", "锐芯", "清源", "云启", "拓界", "启明", "维新", "众合", "博睿", "嘉禾", "天工", "瀚海")
_ENDS = (
    "检测技术有限公司",
    "智能装备有限公司",
    "数据服务有限公司",
    "新材料有限公司",
    "工程服务有限公司",
    "软件有限公司",
)
_WAYS = ("技术许可", "技术服务", "合作开发", "技术转让")
_GAINS = (
    "新增销售收入{a}万元，服务企业{b}家",
    "年节约成本{a}万元，处理时间缩短{b}%",
    "供货{b}套，合同额{a}万元",
    "覆盖场景{b}个，实现产值{a}万元",
)


def newcomer(theme: Theme, place: int, call: str) -> str:
    """An invented name of a unit that joins during the project."""
    mark = {"finished": "", "reviewing": "（京）", "open": "（北京）"}[call]
    stem = _STEMS[(theme.number + place * 5) % len(_STEMS)]
    return f"北京虚构{theme.lead['stem']}{stem}{mark}{_ENDS[(theme.number + place) % len(_ENDS)]}"


def transfer_title(theme: Theme, place: int, variant: int) -> str:
    """The name of a transferred result."""
    facts = theme.variants[max(variant - 1, 0)]
    stem, title = theme.lead["stem"], content.title_of(theme, variant)
    parts = (title, facts["method"].replace("，", "、")[:18], f"{stem}现场应用套件", f"{stem}测试数据服务")
    return f"{parts[place % 4]}{_WAYS[(theme.number + place) % 4]}"


def transfer_output(theme: Theme, place: int) -> str:
    """Effect of a transfer in figures."""
    amount, number = 60 + (theme.number * 17 + place * 31) % 140, 6 + (theme.number * 5 + place * 7) % 30
    return _GAINS[(theme.number + place) % 4].format(a=amount, b=number)


def sentences(text: str) -> list[str]:
    """Sentences of a text, without the mark."""
    return [part.strip() for part in text.replace("\n", "").split("。") if part.strip()]


def report_texts(theme: Theme, variant: int, quarter: int) -> dict[str, str]:
    """What the report of a quarter says."""
    steps = sentences(content.sections(theme, variant)["implementation"])
    wishes = sentences(content.sections(theme, variant)["objectives"])
    done, following = steps[quarter % len(steps)], steps[(quarter + 1) % len(steps)]
    troubles = (
        "个别成员单位设备到货晚于计划，已通过借用园区公共设备缓解，不影响年度指标。",
        "试点单位生产任务集中，现场验证顺延两周，后续压缩数据整理时间追回进度。",
        "部分应用单位对数据共享有顾虑，已补签保密条款并采用脱敏方式采集。",
        "暂无影响执行的重大问题，需加快活动筹备与新成员协议签署。",
    )
    return {
        "done": f"本季度主要工作：{done}。围绕“{wishes[quarter % len(wishes)]}”开展阶段核对，佐证材料已同步登记。",
        "problems": troubles[(theme.number + quarter) % 4],
        "next_steps": f"下一季度计划：{following}。按月核对经费支出与佐证进度。",
    }


def event_title(theme: Theme, variant: int) -> str:
    """The name of the innovation event."""
    return f"{content.title_of(theme, variant)[:14]}产业创新交流活动"


def summary(theme: Theme, variant: int, joined: list[str], moved: list[tuple[str, str]], people: int) -> str:
    """The work summary: what was planned, what was done, what came of it; well above two thousand characters."""
    texts = content.sections(theme, variant)
    crew = "；".join(f"{row['name']}（{row['unit_name']}）负责{row['task']}" for row in content.team(theme))
    _, lines = content.budget(theme, content.Decimal(300000))
    plan = "；".join(f"{line['item']}用于{line['basis']}" for line in lines)
    reports = "\n".join(
        f"第{'一二三四'[quarter]}季度，{report_texts(theme, variant, quarter)['problems']}" for quarter in range(4)
    )
    other = theme.second if variant == 0 else {"problem": theme.outcomes, "effect": theme.outcomes[:60]}
    return "\n".join(
        (
            f"一、立项背景\n{texts['rationale']}",
            f"二、组织实施\n{texts['foundation']}\n项目组分工如下：{crew}。",
            f"三、目标任务完成情况\n{texts['objectives']}",
            f"四、实施过程\n{texts['implementation']}\n{reports}",
            f"五、成员扩容\n执行期内先后吸收{'、'.join(joined)}等单位加入联合体，均签订入会协议并明确承担任务，"
            f"进一步补齐了检测、软件、材料和应用服务环节，产业链上下游衔接更加顺畅。",
            "六、成果转化\n"
            + "；".join(f"{name}：{output}" for name, output in moved)
            + "。以上成果均在京落地，合同与应用证明已归档。",
            f"七、产业创新活动\n联合市科协和有关部门举办{event_title(theme, variant)}，实际签到{people}人，设主旨报告、"
            "需求发布和现场观摩三个环节，会后发布新闻稿件，形成对接意向多项，活动通知、议程、签到表和影像资料齐全。",
            f"八、经费使用\n{plan}。经费单独核算、专款专用，支出凭证逐笔登记并经禁列核查。",
            f"九、档案与数据\n按“数字科协”要求登记工作台账，活动影像、会议纪要、测试原始记录和成员协议均按月归档，"
            f"由{theme.supervisor}抽查核对；{theme.members[1]}负责数据备份，{theme.members[3]}负责场地与安全记录，"
            f"做到每项成果都能追溯到合同、凭证和责任人。项目组还把走访中收集的问题整理成清单，逐条注明处理结果，"
            f"供联合体下一年度选题时参考，避免同一需求反复调研。",
            f"十、成效与不足\n{texts['outcomes']}\n不足在于：{other['problem']}，尚需后续项目继续解决；"
            f"下一步拟围绕{other['effect']}开展协同，持续服务{'、'.join(theme.districts)}产业发展。",
        )
    )


def self_assessment(theme: Theme, variant: int) -> str:
    """The self-assessment of the package."""
    goals = content.targets(theme, variant)
    return (
        f"对照任务合同逐项自评：扩容成员单位完成{goals['member_expansion']}家，在京转化成果完成{goals['tech_transfer']}项，"
        f"案例报告、图谱、产业创新活动和工作总结各完成1项，全部达到目标值。自评等次为良好。"
        f"主要经验是{sentences(theme.mechanism)[0]}。"
    )


FINAL_NOTE = (
    "已拨付经费按预算科目执行，结余为第二期未到账部分及少量尾款，"
    "将在验收通过后按合同用于成果推广的收尾支出，不足部分由自筹承担。"
)
