"""Several files in one field; the contents are checked by portal.files in the action."""

from django import forms


class ManyFilesInput(forms.ClearableFileInput):
    """A file control that takes several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """A list of uploaded files, empty when none was chosen."""

    widget = ManyFilesInput

    def clean(self, data, initial=None):
        """Each file is checked like a single one."""
        rows = data if isinstance(data, (list, tuple)) else [data] if data else []
        if not rows:
            super().clean(None, initial)
        return [super(ManyFilesField, self).clean(row, initial) for row in rows]


def pairs(uploads) -> list[tuple[bytes, str]]:
    """(bytes, name) of uploaded files, as actions take them."""
    return [(upload.read(), upload.name) for upload in uploads]
