"""Sends tables as xlsx or csv, streamed, never a live formula, each with an event (F13, F14)."""

from urllib.parse import quote

from django.http import StreamingHttpResponse

from portal import events, sheets

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def send_export(request, target, verb: str, label: str, book, name: str, *, rows=None, note: str = ""):
    """The book {sheet: (headers, rows)} as `?format=` asks: xlsx, or its first sheet as csv; who took it is logged."""
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    events.record(verb, label, target, by=request.user, note=note[:300], after={"rows": rows, "format": kind})
    data = sheets.stream_csv(*next(iter(book.values()))) if kind == "csv" else sheets.stream_xlsx(book)
    response = StreamingHttpResponse(data, content_type=TYPES[kind])
    filename = quote(f"{target.number}{name}.{kind}")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{filename}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
