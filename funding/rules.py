"""Who may do what with money."""

import rules

from portal.access import has_role
from projects.rules import is_drafter, is_leader, is_unit_admin, may_see_project, of_project

is_officer = has_role("officer")
is_finance = has_role("finance")
is_director = has_role("director")


@rules.predicate
def is_auditor_of(user, engagement) -> bool:
    """The auditor of this engagement."""
    return engagement is not None and engagement.auditor_id == user.pk


rules.add_perm("funding.view_money", of_project(may_see_project))
rules.add_perm("funding.view_disbursement", of_project(may_see_project))
rules.add_perm("funding.order_disbursement", is_officer)
rules.add_perm("funding.pay_disbursement", is_finance)
rules.add_perm("funding.confirm_receipt", of_project(is_unit_admin))
rules.add_perm("funding.view_ledger", of_project(may_see_project))
rules.add_perm("funding.keep_ledger", of_project(is_drafter | is_leader))
rules.add_perm("funding.decide_line", is_finance)
rules.add_perm("funding.edit_lexicon", is_finance)
rules.add_perm("funding.view_clawback", of_project(may_see_project))
rules.add_perm("funding.manage_clawback", is_officer)
rules.add_perm("funding.decide_clawback", is_director)
rules.add_perm("funding.reply_clawback", of_project(is_unit_admin | is_leader))
rules.add_perm("funding.record_repayment", is_finance)
rules.add_perm("funding.engage_auditor", is_officer)
rules.add_perm("funding.audit_project", is_auditor_of)
