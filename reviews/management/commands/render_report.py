"""Writes the acceptance report of a project as PDF; exit 1 with a sentence when there is none."""

import hashlib
from pathlib import Path

from django.core.management.base import CommandError

from portal import files, pdf, rendering
from portal.commands import DatabaseCommand
from portal.documents import KINDS
from portal.errors import Refused
from portal.models import Document
from projects.models import Project
from reviews.actions.conclusions import request_report


class Command(DatabaseCommand):
    """`render_report PROJECT_NUMBER --out FILE`."""

    help = "Render the acceptance report of a project (article 11) to a PDF file."

    def add_arguments(self, parser):
        """Number and target."""
        parser.add_argument("project_number", help="number of the project, e.g. 京科协协同项2025-0001")
        parser.add_argument("--out", required=True, type=Path, help="where to write the PDF")

    def handle(self, *args, project_number, out, **options):
        """Request the document (the same input gives the same one), render it here when no worker has."""
        project = Project.objects.filter(number=project_number.strip()).first()
        if project is None:
            raise CommandError(f"没有编号为 {project_number} 的项目。")
        try:
            document = request_report(project=project, by=None)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        data = self._bytes(document)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_bytes(data)
        except OSError as problem:
            raise CommandError(f"无法写入 {out}：{problem.strerror}。") from problem
        self.stdout.write(f"{out} {hashlib.sha256(data).hexdigest()}")

    def _bytes(self, document) -> bytes:
        """The stored PDF; when a worker is at it or has given up, the same bytes rendered here."""
        rendering.render(document.pk)
        document = Document.objects.select_related("file").get(pk=document.pk)
        if document.file is not None:
            return files.read(document.file)
        template = KINDS[document.kind].template
        try:
            return pdf.render(template, rendering.context_of(document), title=document.title)
        except pdf.PdfError as problem:
            raise CommandError(f"报告没有生成：{problem.reason}") from problem
