/* The desk of the formality check by keyboard: <form data-desk> with one [data-rule] a row; every key has a control on the page. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-desk]");
  if (!form || !form.querySelector("input[type=radio]")) return;
  const help = form.querySelector("[data-desk-help]");
  if (help) help.hidden = false;
  const rows = () => Array.from(form.querySelectorAll("[data-rule]"));
  const here = () => rows().findIndex((row) => row.contains(document.activeElement));
  const open = () => rows().findIndex((row) => !row.querySelector("details") && !row.querySelector("input[type=radio]:checked"));
  const go = (place) => {
    const row = rows()[Math.max(0, Math.min(place, rows().length - 1))];
    if (!row) return;
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  const choose = (number) => {
    const row = rows()[here()];
    const radio = row && row.querySelectorAll("input[type=radio]")[number];
    if (!radio) return;
    const fold = row.querySelector("details");
    if (fold) fold.open = true;
    radio.checked = true;
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    if (number === 0) go(here() + 1);
    else row.querySelector("input[type=text]").focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      form.querySelector("button[value=save]").click();
      event.preventDefault();
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const typing = /^(TEXTAREA|SELECT)$/.test(event.target.tagName) || (event.target.tagName === "INPUT" && event.target.type === "text");
    if (event.key === "Escape" && typing) {
      go(here());
      return;
    }
    if (typing) return;
    const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) go(here() < 0 ? Math.max(open(), 0) : here() + step);
    else if (/^[123]$/.test(event.key) && here() >= 0) choose(Number(event.key) - 1);
    else if (event.key === "e" && here() >= 0) {
      const fold = rows()[here()].querySelector("details");
      if (fold) fold.open = true;
      rows()[here()].querySelector("input[type=text]").focus();
    } else return;
    event.preventDefault();
  });
  if (!document.querySelector("[data-focus]") && open() >= 0) rows()[open()].focus({ preventScroll: true });
})();
