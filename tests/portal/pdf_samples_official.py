"""Sample contexts of the official documents (GB/T 9704) and of the receipt."""

from tests.portal.pdf_samples_common import BAST, CENTER, CONTACT, PROJECT, doc, kpi_targets, official

CALL_NOTICE = {
    "doc": doc("call_notice", "京科协创新发〔2026〕3号"),
    "official": official(
        "关于组织申报2026年科创协同区域行动项目的通知",
        "各科创协同联合体牵头单位、各区科协",
        "京科协创新发〔2026〕3号",
        attachments=["2026年科创协同区域行动管理办法（试行）", "项目申报书（样式）", "申报单位承诺书（样式）"],
        copies_to=[BAST, "各区科学技术协会"],
    ),
    "call": {
        "year": 2026,
        "measures_title": "《科创协同区域行动管理办法（试行）》",
        "fields": ["人工智能", "高端装备制造", "节能环保", "商业航天", "虚拟现实"],
        "fixed_grant": "300000.00",
        "grant_count": 30,
        "application_cap": 2,
        "opens_at": "2026年3月16日 09:00（北京时间）",
        "closes_at": "2026年4月15日 17:00（北京时间）",
        "execution_from": "2026-05-06",
        "execution_to": "2026-12-15",
        "notice_working_days": 5,
        "portal_url": "https://portal.example.cn/",
    },
    # free text of the call, one string a paragraph
    "notice_paragraphs": [
        "为发挥科创协同联合体在区域产业布局中的枢纽作用，推动产学研深度融合和科技成果在京落地，现组织申报本年度科创协同区域行动项目。",
        "有关事项通知如下。",
    ],
    "kpi_rows": kpi_targets(),
    "attachment_kinds": [
        {"name": "法人证照", "required": True, "signature": False, "seal": True, "formats": "PDF、JPG"},
        {"name": "联合体批复或协议", "required": True, "signature": False, "seal": True, "formats": "PDF"},
        {"name": "成员单位盖章协议", "required": True, "signature": True, "seal": True, "formats": "PDF"},
        {"name": "承诺书", "required": True, "signature": True, "seal": True, "formats": "PDF"},
        {"name": "前期成果证明", "required": False, "signature": False, "seal": False, "formats": "PDF、JPG"},
    ],
    "contact": CONTACT,
}
PUBLIC_NOTICE = {
    "doc": doc("public_notice", "京科协创新发〔2026〕9号", issued_on="2026-04-24"),
    "official": official(
        "关于2026年科创协同区域行动拟支持项目的公示",
        "",
        "京科协创新发〔2026〕9号",
        issued_on="2026-04-24",
        copies_to=[],
    ),
    "notice": {
        "call_title": "2026年科创协同区域行动",
        "basis": "经单位申报、形式审查、专家评审和市科协审定",
        "starts_on": "2026-04-27",
        "ends_on": "2026-05-06",
        "working_days": 6,
        "result_word": "拟支持项目",  # or 拟通过验收项目
    },
    # no phone, no personal number, no score (domain 1.5)
    "rows": [
        {
            "serial": n,
            "project_name": name,
            "lead_unit": unit,
            "consortium": consortium,
            "field": field,
        }
        for n, (name, unit, consortium, field) in enumerate(
            [
                (PROJECT["name"], PROJECT["lead_unit"], PROJECT["consortium"], "人工智能"),
                ("低轨卫星载荷共享试验平台", "北京天衢航宇科技有限公司", "商业航天科创协同联合体", "商业航天"),
                ("沉浸式文博内容生产工具链", "北京幻屿数字科技有限公司", "虚拟现实科创协同联合体", "虚拟现实"),
                ("工业废水资源化协同攻关", "北京清沅环境工程研究院", "房山节能环保科创协同联合体", "节能环保"),
            ],
            start=1,
        )
    ],
    "contact": CONTACT,
}
CALL_CORRECTION = {
    "doc": doc("call_correction", "京科协创新函〔2026〕15号", issued_on="2026-04-10"),
    "official": official(
        "关于更正《2026年科创协同区域行动项目申报通知》的通知（第1号）",
        "各科创协同联合体牵头单位",
        "京科协创新函〔2026〕15号",
        issued_on="2026-04-10",
        copies_to=[],
    ),
    "correction": {
        "number": 1,
        "call_title": "2026年科创协同区域行动项目申报通知",
        "call_number": "京科协创新函〔2026〕12号",
        "published_on": "2026-03-12",
        "paragraphs": ["一、附件格式", "原文“仅接收 PDF”，现改为“接收 PDF、JPG、PNG”。"],
        "reason": "部分证照只有扫描图片。",
        "old_closes_at": "2026年4月15日 17:00（北京时间）",
        "new_closes_at": "2026年4月20日 17:00（北京时间）",
    },
    "contact": CONTACT,
}
FORMALITY_LETTER = {
    "doc": doc("formality_letter", "京科协创新函〔2026〕21号", issued_on="2026-04-17"),
    "official": official(
        "关于项目申报材料形式审查需补正的通知",
        PROJECT["lead_unit"],
        "京科协创新函〔2026〕21号",
        issued_on="2026-04-17",
        copies_to=[],
    ),
    "letter": {
        "outcome": "supplement",  # supplement 补正 | rejected 不通过
        "project_number": PROJECT["number"],
        "project_name": PROJECT["name"],
        "submitted_at": "2026年4月14日 16:21（北京时间）",
        "deadline": "2026年4月24日 17:00（北京时间）",  # supplement only, else ""
        "appeal_days": 5,
    },
    "problems": [
        {
            "item": "成员单位盖章协议",
            "article": "5(1)3",
            "fact": "北京澄光传感技术有限公司的合作协议缺少对方公章。",
            "fix": "请上传双方盖章的完整扫描件。",
        },
        {
            "item": "监督专员",
            "article": "6(3)",
            "fact": "未载明负责监督项目实施效果的专人。",
            "fix": "请在“团队”一节填写监督专员姓名、职务和电话。",
        },
    ],
    "contact": CONTACT,
}
RECTIFICATION_NOTICE = {
    "doc": doc("rectification_notice", "京科协创新函〔2026〕58号", issued_on="2026-12-28"),
    "official": official(
        "关于责令限期整改的通知",
        PROJECT["lead_unit"],
        "京科协创新函〔2026〕58号",
        issued_on="2026-12-28",
    ),
    "project": PROJECT,
    "rectification": {
        "found_by": "评价验收专家组",
        "found_on": "2026-12-22",
        "deadline": "2027-01-27",
        "days": 30,
        "round": 1,
        "responsible": PROJECT["leader"],
    },
    "problems": [
        {
            "article": "10(1)1",
            "fact": "核实新增成员单位5家，低于合同约定的8家，也低于年度扩容底线6家。",
            "requirement": "补充吸纳成员单位并提交双方盖章协议。",
        },
        {
            "article": "14(2)",
            "fact": "记-0214号凭证列支业务招待费3200.00元。",
            "requirement": "以自有资金归垫，并提交调账凭证。",
        },
    ],
    "contact": CONTACT,
}
REVOCATION_DECISION = {
    "doc": doc("revocation_decision", "京科协发〔2027〕6号", issued_on="2027-02-20"),
    "official": official(
        "关于撤销亦庄智能机器人科创协同联合体资格的决定",
        PROJECT["lead_unit"],
        "京科协发〔2027〕6号",
        issued_on="2027-02-20",
        issuer_mark=BAST,
        signature_unit=BAST,
        copies_to=[CENTER],
    ),
    "project": PROJECT,
    "revocation": {
        "consortium": PROJECT["consortium"],
        "facts": [
            "2026年12月28日，管理单位向你单位发出整改通知，期限至2027年1月27日。",
            "期满复核，新增成员单位仍为5家，违规列支款项未归垫，整改不到位。",
        ],
        "hearing": "2027年2月3日已告知拟撤销资格及陈述申辩权利，你单位在5日期限内未提出陈述申辩。",
        "rectification_number": "京科协创新函〔2026〕58号",
        "effective_on": "2027-02-20",
        "remedy": "如对本决定有异议，可自收到之日起15日内向市科协书面提出复核申请。",
    },
    "contact": CONTACT,
}
CLAWBACK = {
    "ground": "17(2)",  # 17(1) … 17(7)
    "ground_title": "截留、挤占、挪用项目资金",
    "facts": [
        "经审计，记-0214号、记-0231号凭证以会议费名义列支与项目无关的接待支出，合计12800.00元。",
    ],
    "lines": [
        {
            "voucher": "记-202606-214",
            "dated": "2026-09-18",
            "summary": "活动晚宴餐费",
            "payee": "某某餐饮有限公司",
            "amount": "3200.00",
        },
        {
            "voucher": "记-202606-231",
            "dated": "2026-10-11",
            "summary": "客户接待用酒",
            "payee": "某某商贸有限公司",
            "amount": "9600.00",
        },
    ],
    "amount": "12800.00",
    "disbursed": "210000.00",
    "reply_deadline": "2027-01-20",
    "pay_by": "2027-02-28",
    "account_name": CENTER,
    "bank": "示例银行北京分行营业部",
    "account_number": "0200 0000 0000 0000 123",
    "payment_note": f"{PROJECT['number']}追回款",
    "reply": "你单位于2027年1月15日书面答复，对事实无异议。",  # decision only, else ""
    "notice_number": "京科协创新函〔2027〕2号",  # decision only, else ""
    "remedy": "如对本决定有异议，可自收到之日起15日内向市科协书面提出复核申请；复核期间不停止执行。",
}
CLAWBACK_NOTICE = {
    "doc": doc("clawback_notice", "京科协创新函〔2027〕2号", issued_on="2027-01-05"),
    "official": official(
        "关于拟追回项目资金的告知书", PROJECT["lead_unit"], "京科协创新函〔2027〕2号", issued_on="2027-01-05"
    ),
    "project": PROJECT,
    "clawback": CLAWBACK | {"reply": "", "notice_number": ""},
    "contact": CONTACT,
}
CLAWBACK_DECISION = {
    "doc": doc("clawback_decision", "京科协创新发〔2027〕4号", issued_on="2027-01-28"),
    "official": official(
        "关于追回项目资金的决定", PROJECT["lead_unit"], "京科协创新发〔2027〕4号", issued_on="2027-01-28"
    ),
    "project": PROJECT,
    "clawback": CLAWBACK,
    "contact": CONTACT,
}
APPLICATION_RECEIPT = {
    "doc": doc("application_receipt", PROJECT["number"], issued_on="2026-04-14"),
    "receipt": {
        "number": PROJECT["number"],
        "version": 1,
        "call_title": "2026年科创协同区域行动项目",
        "project_name": PROJECT["name"],
        "lead_unit": PROJECT["lead_unit"],
        "credit_code": "91110302MA01ABCD1X",
        "leader": PROJECT["leader"],
        "submitted_by": "何雨棠",
        "submitted_at": "2026年4月14日 16:21（北京时间）",
        "content_digest": "4be1a09c77d2f3586e0b9c41a7d5e82f6039cb1748da52e6f0937c1b85ae246d",
        "attachment_count": 9,
        "next_steps": ["形式审查：预计4月24日前反馈", "专家评审：通过形式审查后进行", "公示：公示期5个工作日"],
    },
    "issuer": CENTER,
    "contact": CONTACT,
}
APPLICATION_UNDERTAKING = {
    "doc": doc("application_undertaking", "", issued_on="2026-04-10"),
    "undertaking": {
        "to": CENTER,
        "call_title": "2026年科创协同区域行动项目申报通知",
        "project_name": PROJECT["name"],
        "unit": PROJECT["lead_unit"],
        "credit_code": "91110302MA01ABCD1X",
        "consortium": PROJECT["consortium"],
        "leader": PROJECT["leader"],
        "promises": [
            {"article": "7(1)", "text": "提交的申报材料真实、完整、有效、合法，由项目负责人直接负责。"},
            {"article": "15", "text": "经费专款专用、单独核算，在执行期内执行完毕，接受审计、监督和检查。"},
        ],
    },
}
FEEDBACK_LETTER = {
    "doc": doc("feedback_letter", "", issued_on="2026-05-12"),
    "official": official("关于项目评审意见的反馈函", PROJECT["lead_unit"], "", issued_on="2026-05-12", copies_to=[]),
    "letter": {
        "call": "2026年科创协同区域行动项目申报通知",
        "project_number": PROJECT["number"],
        "project_name": PROJECT["name"],
        "outcome": "未入选",
    },
    "paragraphs": [
        "专家组认为项目需求真实，成果转化的承接单位尚未落实。",
        "建议先与应用单位签订意向协议，并细化进度安排。",
    ],
    "contact": CONTACT,
}
