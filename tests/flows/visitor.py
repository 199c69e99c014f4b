"""A person at a browser without scripts: opens pages, fills in forms as they stand, presses buttons by their words."""

from dataclasses import dataclass

from django.test import Client

from portal.overview.bench.page_forms import PageForm, read_forms
from tests.factories import PASSWORD


class MissingFormError(AssertionError):
    """The page has no form with such a button."""


@dataclass
class Page:
    """One answer, seen by a visitor."""

    visitor: "Visitor"
    address: str
    status: int
    text: str
    response: object

    @property
    def forms(self) -> list[PageForm]:
        """The forms of the page."""
        return read_forms(self.text, self.address)

    def form(self, button: str, action: str = "") -> tuple[PageForm, tuple[str, str, str]]:
        """The first form with a button of these words (and an address that ends so), and the button.

        Words that only screen readers hear may follow; a button of exactly these words is preferred.
        """
        found = [(form, entry) for form in self.forms for entry in form.buttons if entry[2].startswith(button)]
        found = [pair for pair in found if pair[0].action.split("?")[0].endswith(action)]
        if found:
            return next((pair for pair in found if pair[1][2] == button), found[0])
        seen = [(form.action, [entry[2] for entry in form.buttons]) for form in self.forms]
        raise MissingFormError(f"no button “{button}” on {self.address} (HTTP {self.status}); there is {seen}")

    def press(self, button: str, *, action: str = "", expect: int = 200, **values) -> "Page":
        """Fill in and send the form of a button, follow where it leads, and expect a status."""
        form, (name, value, _) = self.form(button, action)
        uploads = {key: given for key, given in values.items() if hasattr(given, "read")}
        data = form.filled(**{key: given for key, given in values.items() if key not in uploads})
        if name:
            data[name] = [value]
        if form.method == "get":
            return self.visitor.open(form.action, expect=expect, data=data)
        return self.visitor.send(form.action, data | uploads, expect=expect)

    def __contains__(self, words: str) -> bool:
        return words in self.text


class Visitor:
    """One person with a session."""

    def __init__(self, user=None):
        self.client = Client(enforce_csrf_checks=True)
        if user is not None:
            self.sign_in(user.username)

    def sign_in(self, username: str, password: str = PASSWORD) -> Page:
        """Through the login page, as everybody."""
        page = self.open("/login/").press("登录", username=username, password=password)
        assert "_auth_user_id" in self.client.session, page.text
        return page

    def open(self, address: str, *, expect: int = 200, data=None) -> Page:
        """Open an address and expect a status; redirects are followed."""
        return self._seen(self.client.get(address, data, follow=True), address, expect)

    def send(self, address: str, data: dict, *, expect: int = 200) -> Page:
        """Send data to an address as a form would."""
        return self._seen(self.client.post(address, data, follow=True), address, expect)

    def _seen(self, response, address: str, expect: int) -> Page:
        if response.redirect_chain:
            address = response.redirect_chain[-1][0]
        text = response.text if not response.streaming and "text" in response["Content-Type"] else ""
        page = Page(self, address, response.status_code, text, response)
        assert response.status_code == expect, f"{address}: HTTP {response.status_code}\n{summary_of(page)}"
        return page


def summary_of(page: Page) -> str:
    """The words of a page, for the message of a failed test."""
    import re

    inside = page.text[page.text.find("<main") :]
    return " ".join(re.sub(r"<[^>]+>", " ", inside).split())[:1500]
