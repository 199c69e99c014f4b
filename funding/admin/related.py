"""The register of related units in the admin (17(5)(7))."""

from django.contrib import admin

from funding.actions.related import FIELDS, save_related
from funding.models import RelatedUnit
from portal.admin_base import ActionAdminMixin, CheckedAdmin, RehearsedForm


class RelatedForm(RehearsedForm):
    """One related unit."""

    class Meta:
        model = RelatedUnit
        fields = FIELDS


@admin.register(RelatedUnit)
class RelatedUnitAdmin(ActionAdminMixin, CheckedAdmin):
    """Units that the ban check takes for related: payments to them are held, and banned when nothing was bought."""

    menu_order = 44
    form = RelatedForm
    list_display = ["name", "unit", "relation", "credit_code", "source", "ended_on"]
    list_filter = ["relation"]
    list_select_related = ["unit"]
    search_fields = ["name", "credit_code", "unit__name"]
    fields = [*FIELDS, "added_by", "added_at"]
    can_add = can_change = True
    add_note = "登记后，付给该单位的支出按转拨核对。联合体成员、曾用名、同一法定代表人的登记单位由平台自动识别。"

    def get_readonly_fields(self, request, obj=None):
        """Who entered it is not typed."""
        return ["added_by", "added_at"] if obj else []

    def get_fields(self, request, obj=None):
        """A new row has no history."""
        return self.fields if obj else FIELDS

    def write(self, request, form):
        """Through the action."""
        row = form.instance if form.instance.pk else None
        return save_related(by=request.user, row=row, **{name: form.cleaned_data[name] for name in FIELDS})
