"""Permissions of the kernel's own objects."""

import rules

from portal.access import has_role

is_sysadmin = has_role("sysadmin")
is_logadmin = has_role("logadmin")
is_center = has_role("officer", "finance", "director", "bast")

rules.add_perm("portal.view_user", is_sysadmin | has_role("officer", "director"))
rules.add_perm("portal.add_user", is_sysadmin)
rules.add_perm("portal.change_user", is_sysadmin)
rules.add_perm("portal.view_event", is_logadmin)
rules.add_perm("portal.view_calendarday", is_sysadmin | is_center)
rules.add_perm("portal.add_calendarday", is_sysadmin | has_role("officer"))
rules.add_perm("portal.change_calendarday", is_sysadmin | has_role("officer"))
rules.add_perm("portal.view_document", is_center)
rules.add_perm("portal.retry_document", is_center)
rules.add_perm("portal.view_storedfile", is_sysadmin)
rules.add_perm("portal.view_outboxmail", is_sysadmin)
rules.add_perm("portal.view_notification", is_sysadmin)
