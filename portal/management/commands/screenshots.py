"""manage.py screenshots: start the demo on a free port and photograph its main pages into docs/screenshots/."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.management.commands.serve import is_healthy
from portal.overview import shots

START_SECONDS = 90


class Command(BaseCommand):
    """manage.py screenshots [--only PART]; runs itself again on the demo's settings and database."""

    help = "Photograph the main pages of the demo into docs/screenshots/."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        """--only takes pages whose name contains a word; --address is for the inner run."""
        parser.add_argument("--only", default="", help="only pages whose file name contains this")
        parser.add_argument("--address", default="", help="photograph a demo that is running already")

    def handle(self, *args, only, address, **options):
        """Outer run: demo data and server; inner run: the photographs."""
        if address:
            wanted = [shot for shot in shots.plan() if only in shot.name]
            for line in shots.take(wanted, address, Path(settings.BASE_DIR) / "docs" / "screenshots"):
                self.stdout.write(line)
            return
        environment = self.demo_environment()
        for command in (
            ["migrate", "--verbosity", "0"],
            ["collectstatic", "--noinput", "--verbosity", "0"],
            ["load_demo"],
        ):
            self.manage(environment, *command)
        with self.demo(environment) as url:
            self.manage(environment, "screenshots", "--address", url, "--only", only)

    def demo_environment(self) -> dict[str, str]:
        """The same folders that ./run demo uses, so that a loaded demo is taken as it is."""
        return os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.demo", "FONT_CACHE": str(settings.FONT_CACHE)}

    def manage(self, environment, *arguments) -> None:
        """Run manage.py; what it prints is shown."""
        manage = str(Path(settings.BASE_DIR) / "manage.py")
        if subprocess.run([sys.executable, manage, *arguments], env=environment, check=False).returncode:
            raise CommandError(f"manage.py {arguments[0]} failed")

    @contextlib.contextmanager
    def demo(self, environment) -> Iterator[str]:
        """A running demo; yields its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        url, manage = f"http://127.0.0.1:{port}/", str(Path(settings.BASE_DIR) / "manage.py")
        process = subprocess.Popen([sys.executable, manage, "serve", "--port", str(port)], env=environment)
        try:
            self.wait(process, f"{url}healthz")
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)

    def wait(self, process, url) -> None:
        """Return when the demo is well."""
        pause = Event()
        for _ in range(START_SECONDS * 2):
            if is_healthy(url):
                return
            if process.poll() is not None:
                break
            pause.wait(0.5)
        raise CommandError("the demo did not start")
