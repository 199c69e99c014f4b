"""Whether a printed paper still counts, in words for the public verification page; "" while it does."""


def of_application(application) -> str:
    """The print and the receipt of a submission."""
    return (
        "申报已由申报单位撤回，本文书只作存档。" if application.state in ("withdrawn", "draft", "unit_review") else ""
    )


def of_draft(_application) -> str:
    """A print of the working draft."""
    return "这是未提交的草稿，不是正式申报材料。"


def of_form(_application) -> str:
    """A form to be signed: what counts is the signed and sealed scan."""
    return "这是待签署的文本，以签字盖章件为准。"


def of_contract(contract) -> str:
    """A version of a task contract."""
    told = {"superseded": "合同已签订新的版本，以新版为准。", "terminated": "合同已解除。"}
    return told.get(contract.state, "")


def of_notice(notice) -> str:
    """A public notice."""
    return "公示已由新的公示更正。" if notice.state == "replaced" else ""
