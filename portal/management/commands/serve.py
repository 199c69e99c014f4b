"""manage.py serve: web server, worker and beat together in the foreground, for the demo and small installations."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import heartbeat
from portal.overview.demo.accounts import NAMED, PASSWORD
from portal.tasks import sweep

START_SECONDS = 60
STOP_SECONDS = 4  # an idle Celery takes 5-8 s to say goodbye; a task that is cut short is queued again by the sweeper
# A ledger file of 20,000 rows takes up to half a minute: the default timeout of 30 s would cut it off.
GUNICORN = (
    "gunicorn portal.wsgi:application --workers 2 --timeout 120 --graceful-timeout 5 --log-level warning"
    " --no-control-socket"
)
CELERY = (
    "celery --app portal.celery --quiet worker --beat --scheduler django_celery_beat.schedulers:DatabaseScheduler"
    " --queues celery,pdf --concurrency 2 --loglevel WARNING --without-gossip --without-mingle"
)


def is_healthy(url: str) -> bool:
    """Whether /healthz answers 200, which means database, broker, worker and disk are well."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Child:
    """One process with a group of its own, so that it ends together with everything it started."""

    def __init__(self, name: str, arguments: list[str], log: Path):
        self.name, self.log = name, log
        # Should this supervisor be killed outright, the kernel still ends the child.
        guard = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with log.open("wb") as sink:
            self.process = subprocess.Popen(
                [*guard, sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def send(self, number: signal.Signals) -> None:
        """Signals the whole group; a group that is gone already is fine."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    def stop(self) -> None:
        """Ends the group: politely first, then for good."""
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self.process.wait()
        self.send(signal.SIGKILL)

    def last_words(self) -> str:
        """The end of the log, for the operator."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


class Command(BaseCommand):
    """Starts everything, waits for /healthz, says where it is, and ends everything on Ctrl-C."""

    help = "启动网站、后台任务与定时任务，按 Ctrl-C 全部停止"
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="监听地址")
        parser.add_argument("--port", type=int, default=8000, help="监听端口")

    def handle(self, *args, host: str, port: int, **options):
        self.stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopped.set())
        folder = Path(settings.VAR_DIR) / "log"
        folder.mkdir(parents=True, exist_ok=True)
        # The first task proves the way from web to worker: /healthz turns well only when it was executed.
        heartbeat.forget()
        sweep.delay()
        web = [*GUNICORN.split(), "--bind", f"{host}:{port}"]
        self.children = [Child("web", web, folder / "web.log"), Child("worker", CELERY.split(), folder / "worker.log")]
        try:
            self.wait_until_healthy(f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/healthz")  # noqa: S104
            self.announce(port)
            while not self.stopped.wait(1):
                self.refuse_dead_children()
        finally:
            for child in self.children:
                child.send(signal.SIGTERM)
            for child in self.children:
                child.stop()
        self.stdout.write("已全部停止。")

    def wait_until_healthy(self, url: str) -> None:
        """Returns when all parts answer; raises CommandError when one dies or the time is over."""
        for _ in range(START_SECONDS * 4):
            if self.stopped.wait(0.25) or is_healthy(url):
                return
            self.refuse_dead_children()
        words = "\n".join(child.last_words() for child in self.children)
        raise CommandError(f"{START_SECONDS} 秒内 {url} 没有恢复正常，已停止。日志末尾：\n{words}")

    def refuse_dead_children(self) -> None:
        """A web server without its worker, or the reverse, is worse than none: end both."""
        for child in self.children:
            if child.process.poll() is not None:
                raise CommandError(f"进程 {child.name} 意外退出，已全部停止。日志末尾：\n{child.last_words()}")

    def announce(self, port: int) -> None:
        """Prints the address and how to stop, unless the operator already did stop it."""
        if self.stopped.is_set():
            return
        self.stdout.write(f"\n科创协同项目管理平台已启动：http://localhost:{port}/")
        if settings.DEMO:
            self.stdout.write(f"演示账号（密码均为 {PASSWORD}）：")
            self.stdout.write("  " + "  ".join(f"{username}（{role}）" for role, username, _ in NAMED))
        self.stdout.write(f"日志：{Path(settings.VAR_DIR) / 'log'}；按 Ctrl-C 全部停止。\n")
        self.stdout.flush()
