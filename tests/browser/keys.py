"""A person without a mouse: where the focus is, whether it can be seen, and the keys that move it."""

FAR = 250  # Tab stops; no page of a form has more
FOCUS = """() => {
    const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
    const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    return {id: it.id, name: it.getAttribute("name") || "", tag: it.tagName, type: it.type || "",
            text: (it.innerText || "").trim(), target: (it.getAttribute("href") || "").replace(/^.*#/, ""),
            ring: ring, seen: box.width > 0 && box.height > 0};
}"""


class Keys:
    """One open page, moved through by keys only."""

    def __init__(self, page):
        self.page = page

    def focus(self) -> dict:
        """The element that has the focus."""
        return self.page.evaluate(FOCUS)

    def tab(self) -> dict:
        """One step on; what has the focus can be seen."""
        self.page.keyboard.press("Tab")
        found = self.focus()
        assert found["tag"] == "BODY" or (found["ring"] and found["seen"]), (self.page.url, found)
        return found

    def to(self, name: str) -> None:
        """Tab until the control of that name has the focus."""
        self._until(lambda found: found["name"] == name, name)

    def to_button(self, words: str) -> None:
        """Tab until a button that begins with these words has the focus."""
        self._until(lambda found: found["tag"] == "BUTTON" and found["text"].startswith(words), words)

    def _until(self, is_it, what: str) -> None:
        for _ in range(FAR):
            if is_it(self.tab()):
                return
        raise AssertionError(f"{what} cannot be reached by Tab on {self.page.url}")

    def enter(self, text) -> None:
        """Type into what has the focus: text replaces text, a date goes part by part, a choice is found by its name."""
        found, keyboard = self.focus(), self.page.keyboard
        if text is True:
            keyboard.press("Space")
        elif found["tag"] == "SELECT":
            self._choose(text)
        elif found["type"] == "date":
            self._date(*text.split("-"))
        else:
            keyboard.press("Control+A")
            keyboard.press("Delete")
            keyboard.insert_text(text)

    def _date(self, year: str, month: str, day: str) -> None:
        """Part by part in the order of the browser's own language; a full part leads on to the next by itself."""
        keyboard, wanted = self.page.keyboard, f"{year}-{month}-{day}"
        for parts in ((month, day, year), (year, "ArrowRight", month, day)):
            for part in parts:
                (keyboard.type if part.isdigit() else keyboard.press)(part)
            if self.page.evaluate("document.activeElement.value") == wanted:
                return
            for _ in range(3):
                keyboard.press("ArrowLeft")
        raise AssertionError(f"{wanted} cannot be typed on {self.page.url}")

    def _choose(self, words: str) -> None:
        """Arrow down to the option of these words; "" takes the first after the empty one."""
        names = self.page.evaluate("[...document.activeElement.options].map(option => option.text)")
        steps = names.index(words) if words else 1
        for _ in range(steps):
            self.page.keyboard.press("ArrowDown")

    def save(self) -> None:
        """The plain button 保存, by Enter."""
        self._until(lambda found: found["tag"] == "BUTTON" and found["text"] == "保存", "保存")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def walk_round(self) -> list[dict]:
        """Every stop from the start of the page to its end, and back one step from the last: no trap."""
        stops = []
        for _ in range(FAR):
            found = self.tab()
            if found["tag"] == "BODY":
                break
            stops.append(found)
        self.page.keyboard.press("Shift+Tab")
        assert self.focus()["tag"] != "BODY"
        return stops
