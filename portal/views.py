"""Kernel pages: sign-in, files, documents, verification, notifications, errors."""

import mimetypes
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.contrib.messages.views import SuccessMessageMixin
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from portal import access, documents, events, files, verification
from portal.access import PUBLIC, SIGNED_IN, page
from portal.forms import NewPasswordForm, SignInForm
from portal.models import Document, StoredFile

PAGE_SIZE = 50


class PasswordChange(SuccessMessageMixin, auth_views.PasswordChangeView):
    """A new password, and a word that it holds from now on."""

    form_class = NewPasswordForm
    success_message = "密码已修改，下次登录请使用新密码。"


def _marked(view, *roles, methods=("GET", "POST")):
    return page(*roles, methods=methods)(view)


login = _marked(
    auth_views.LoginView.as_view(
        template_name="portal/login.html", redirect_authenticated_user=True, authentication_form=SignInForm
    ),
    PUBLIC,
)
logout = _marked(auth_views.LogoutView.as_view(), PUBLIC, methods=("POST",))
password_change = _marked(
    PasswordChange.as_view(template_name="portal/password_change.html", success_url="/account/"),
    SIGNED_IN,
)


@page(SIGNED_IN)
def account(request):
    """The person's own account."""
    return render(request, "portal/account.html")


@page(SIGNED_IN)
def notifications(request):
    """The person's notifications, newest first."""
    rows = Paginator(request.user.notifications.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "portal/notifications.html", {"page": rows})


@page(SIGNED_IN, methods=("POST",))
def notifications_read(request):
    """Mark all as read."""
    request.user.notifications.filter(read_at__isnull=True).update(read_at=timezone.now())
    return redirect("notifications")


def _file(request, public_id) -> StoredFile:
    """The file by the name that this person may read."""
    stored = get_object_or_404(StoredFile, public_id=public_id)
    name = files.name_for(request.user, stored)
    if name is None:
        raise Http404
    stored.name = name
    return stored


@page(SIGNED_IN)
def file_download(request, public_id):
    """Serve one private file to a person who may see a row that holds it."""
    return send_file(_file(request, public_id), inline="inline" in request.GET)


@page(SIGNED_IN)
def file_view(request, public_id):
    """A page around a PDF or a picture, with the way back; everything else can only be downloaded."""
    stored = _file(request, public_id)
    if not stored.is_viewable:
        return redirect("file", public_id=public_id)
    context = {"stored": stored, "is_picture": stored.content_type.startswith("image/"), "back": _came_from(request)}
    return render(request, "portal/file.html", context)


def _came_from(request) -> str:
    """The page of ours that led here, without a parameter that could lead elsewhere."""
    back = request.META.get("HTTP_REFERER", "")
    own = f"{request.scheme}://{request.get_host()}/"
    return back if back.startswith(own) and not back.startswith(request.build_absolute_uri(request.path)) else "/"


def send_file(stored: StoredFile, *, inline: bool = False) -> HttpResponse:
    """The response for a checked file: attachment by default, never sniffed, sandboxed."""
    shown = inline and stored.is_viewable
    response = HttpResponse(files.read(stored), content_type=stored.content_type if shown else _safe_type(stored))
    response["Content-Disposition"] = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(stored.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Content-Security-Policy"] = _policy(shown and stored.content_type == "application/pdf")
    if settings.X_ACCEL_PREFIX:
        response.content = b""
        response["X-Accel-Redirect"] = f"{settings.X_ACCEL_PREFIX}/{stored.sha256[:2]}/{stored.sha256}"
    return response


def _policy(is_pdf: bool) -> str:
    """What was uploaded may load and run nothing; a sandbox would keep the browser from showing a PDF."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    return policy if is_pdf else f"sandbox; {policy}"


def _safe_type(stored: StoredFile) -> str:
    return stored.content_type if mimetypes.guess_extension(stored.content_type) else "application/octet-stream"


def _document(request, code) -> Document:
    document = get_object_or_404(Document.objects.select_related("file"), verification_code=code)
    if not documents.may_read(request.user, document):
        raise Http404
    return document


@page(PUBLIC)
def document_page(request, code):
    """One document: progress while it is made, then its file and digests."""
    document = _document(request, code)
    context = {"document": document, "kind": documents.KINDS[document.kind], "back": _came_from(request)}
    return render(request, "portal/document.html", context)


@page(PUBLIC)
def document_progress(request, code):
    """The progress fragment that htmx asks for."""
    return render(request, "portal/_document_progress.html", {"document": _document(request, code)})


@page(PUBLIC)
def document_download(request, code):
    """The PDF itself."""
    document = _document(request, code)
    if document.file is None:
        raise Http404
    if request.user.is_authenticated:
        events.record("document.download", "下载文书", document, by=request.user)
    return send_file(document.file, inline="inline" in request.GET)


@page(SIGNED_IN, methods=("POST",))
def document_retry(request, code):
    """Make a failed document again."""
    document = _document(request, code)
    access.require(request.user, "portal.retry_document", document)
    documents.retry(document, by=request.user)
    return redirect("document", code=code)


@page(PUBLIC, methods=("GET", "POST"))
def verify(request, code=""):
    """Public verification by code, and of a file by its digest: says what a document is, never shows it."""
    typed = (code or request.POST.get("code", "") or request.GET.get("code", "")).strip()
    code = verification.code_of(typed) or typed[:40]
    context = {"code": code, "found": verification.by_code(code)}
    upload = request.FILES.get("file") if request.method == "POST" else None
    if upload is not None:
        digest, holder = verification.by_file(upload)
        context |= {"digest": digest, "file_name": files.clean_name(upload.name), "holder": holder}
        context["matches"] = bool(context["found"]) and context["found"].document.sha256 == digest
    elif request.method == "POST":
        context["no_file"] = True
    missing = code and not context["found"] and upload is None
    return render(request, "portal/verify.html", context, status=404 if missing else 200)


def bad_request(request, exception=None):
    """400."""
    return render(request, "400.html", {"reason": "请求不完整或格式有误。"}, status=400)


def forbidden(request, exception=None):
    """403."""
    return render(request, "403.html", {"reason": str(exception or "")[:200]}, status=403)


def not_found(request, exception=None):
    """404."""
    return render(request, "404.html", status=404)


def server_error(request):
    """500."""
    return render(request, "500.html", status=500)


def csrf_failure(request, reason=""):
    """403 for a missing or stale CSRF token."""
    return render(request, "403.html", {"reason": "页面已过期或表单来源不明，请返回刷新页面后重试。"}, status=403)
