"""Middleware: hostile input, request facts for the log, access markers, refusals as pages."""

import logging

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DataError, OperationalError
from django.shortcuts import render
from redis import RedisError

from portal import events
from portal.access import PUBLIC, STAFF, roles_of, wrong_method
from portal.addresses import client_address
from portal.errors import Refused

logger = logging.getLogger(__name__)
# Room for the other fields of a form that carries a file of the largest size.
FORM_OVERHEAD = 1024 * 1024
_OPEN_PREFIXES = ("/static/",)


class HostileInputMiddleware:
    """Refuse NUL bytes and undecodable parameters before any view sees them (W10)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return render(request, "400.html", {"reason": "请求中含有非法字符。"}, status=400)
        # Refused before a byte of the body is read; the proxy has the same limit.
        if _declared_length(request) > settings.UPLOAD_MAX_BYTES + FORM_OVERHEAD:
            return render(request, "413.html", {"limit": settings.UPLOAD_MAX_BYTES}, status=413)
        return self.get_response(request)


def _declared_length(request) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


class RequestContextMiddleware:
    """Give the log the caller's address; keep personal pages out of every cache (W14)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = events.request_ip.set(client_address(request))
        try:
            response = self.get_response(request)
        finally:
            events.request_ip.reset(token)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response


class AccessMiddleware:
    """Deny every view that carries no access marker; end the session of an expired account."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """Refuse unmarked views, methods a view does not declare, and pages of the admin that are for other duties."""
        marked = getattr(view, "access", ())
        if not marked and not request.path.startswith(_OPEN_PREFIXES):
            raise PermissionDenied("此地址没有访问规则。")
        methods = getattr(view, "access_methods", ())
        if methods and request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
            return wrong_method(request, methods)
        roles = roles_of(request.user)
        # Who has no duty at all is sent to the login page by the admin itself.
        if (
            "admin" in request.resolver_match.namespaces
            and roles.intersection(STAFF)
            and PUBLIC not in marked
            and not roles.intersection(marked)
        ):
            raise PermissionDenied("此页面不面向您的职责。")
        return None


class RefusalMiddleware:
    """Turn refusals into clear pages: nothing was lost, and this is the way on."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        """Render a refusal, a busy database or cache, a number that no column can hold; leave the rest to Django."""
        if isinstance(exception, Refused):
            back = request.META.get("HTTP_REFERER", "")
            context = {"refusal": exception, "back": back if back.startswith(_own_origin(request)) else "/"}
            template = {400: "400.html", 403: "403.html"}.get(exception.status, "409.html")
            context["reason"] = exception.message
            return render(request, template, context, status=exception.status)
        if isinstance(exception, (OperationalError, RedisError)):
            logger.error("database or cache refused", exc_info=exception)
            return render(request, "503.html", status=503)
        if isinstance(exception, (OverflowError, DataError)):
            logger.warning("number out of range", exc_info=exception)
            reason = "提交的数字或编号超出可用范围，请返回核对后重新填写。"
            return render(request, "400.html", {"reason": reason}, status=400)
        return None


def _own_origin(request) -> str:
    return f"{request.scheme}://{request.get_host()}/"
