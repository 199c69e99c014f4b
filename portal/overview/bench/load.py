"""The load: a bounded number of requests over a few connections on the loopback interface, timed one by one."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from portal.overview.bench.middleware import QUERIES, ROWS
from portal.overview.bench.page_forms import PageForm, read_forms

TIMEOUT = 60


@dataclass
class Answer:
    """One answer: status, body, headers, and how long it took in milliseconds."""

    status: int
    body: bytes
    headers: dict[str, str]
    milliseconds: float

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


@dataclass
class Figures:
    """What a page cost over all its requests."""

    name: str
    method: str
    times: list[float] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    queries: int = 0
    rows: int = 0
    size: int = 0
    failures: int = 0

    def add(self, answer: Answer) -> None:
        """Keep the time of one answer, and the dearest of its other costs."""
        self.times.append(answer.milliseconds)
        self.statuses.add(answer.status)
        self.failures += answer.status >= 500
        self.queries = max(self.queries, int(answer.headers.get(QUERIES, 0)))
        self.rows = max(self.rows, int(answer.headers.get(ROWS, 0)))
        self.size = max(self.size, len(answer.body))

    @property
    def p50(self) -> float:
        """The median in milliseconds."""
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """95 of 100 requests were faster, in milliseconds."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


class Person:
    """A signed-in browser without a screen: one connection, one session, its CSRF cookie."""

    def __init__(self, port: int, session: str = ""):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self.cookies = {"sessionid": session} if session else {}

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send one request; only the time until the whole answer was read counts."""
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        start = time.perf_counter()
        self.connection.request(method, path, body or None, headers)
        response = self.connection.getresponse()
        content = response.read()
        spent = (time.perf_counter() - start) * 1000
        for cookie in response.msg.get_all("Set-Cookie") or ():
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, content, dict(response.getheaders()), spent)

    def post(self, path: str, data: dict[str, list[str]], **headers: str) -> Answer:
        """Send a form as a browser does."""
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, urlencode(data, doseq=True).encode(), **{"Content-Type": kind}, **headers)

    def forms(self, path: str) -> list[PageForm]:
        """The forms of a page."""
        return self.forms_of(self.ask("GET", path), path)

    @staticmethod
    def forms_of(answer: Answer, path: str) -> list[PageForm]:
        """The forms of a page that was answered."""
        return read_forms(answer.text, path)


def in_parallel(count: int, people: Iterable[Person], once: Callable[[Person], Answer], figures: Figures) -> None:
    """Call `once` `count` times in all, each person in a thread of its own, and keep every answer."""
    people = list(people)
    shares = [count // len(people) + (number < count % len(people)) for number in range(len(people))]
    failures: list[BaseException] = []
    guard = threading.Lock()

    def run(person: Person, share: int) -> None:
        try:
            for _ in range(share):
                answer = once(person)
                with guard:
                    figures.add(answer)
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(people, shares, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
