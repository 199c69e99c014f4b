/* Small helps on every page; each page works without them. */
(() => {
  "use strict";

  // A form marked data-submit-once is sent once: the second click of an impatient hand does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-submit-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    // Disabling waits a tick, or the button's own name and value would not be sent.
    setTimeout(() => form.querySelectorAll("button[type=submit]").forEach((button) => { button.disabled = true; }), 0);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("button[type=submit]").forEach((button) => { button.disabled = false; });
    });
  });

  // Leaving a form marked data-guard with unsaved input asks first.
  const changed = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.matches("[data-guard]")) changed.add(form);
  });
  document.addEventListener("submit", (event) => changed.delete(event.target));
  document.addEventListener("portal:saved", (event) => changed.delete(event.target));
  window.addEventListener("beforeunload", (event) => {
    if (changed.size) {
      event.preventDefault();
      event.returnValue = "";
    }
  });

  // A file above the limit of its kind is told at once, before it travels for minutes to be refused.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches("input[type=file][data-max-mb]")) return;
    const earlier = input.parentElement.querySelector("[data-file-note]");
    if (earlier) earlier.remove();
    const [file] = input.files;
    if (!file || file.size <= Number(input.dataset.maxMb) * 1024 * 1024) return;
    const note = document.createElement("ul");
    note.className = "errorlist";
    note.dataset.fileNote = "";
    note.setAttribute("role", "alert");
    const line = document.createElement("li");
    const size = (file.size / 1024 / 1024).toFixed(1);
    line.textContent = `“${file.name}”有 ${size} MB，超过 ${input.dataset.maxMb} MB 的上限，没有选中。请压缩后重新选择。`;
    note.append(line);
    input.before(note);
    input.value = "";
  });

  // An error summary takes the focus, so that it is read first.
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // A stop for Tab where there is something to scroll, and only there; turning a phone changes that.
  const regions = document.querySelectorAll("[data-table-region], .conflict-text, .inline-group .module, .inline-group .tabular");
  const fit = () => regions.forEach((region) => {
    if (region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  });
  fit();
  window.addEventListener("resize", fit);

  // Arrow keys scroll a wide table once its region has the focus.
  regions.forEach((region) => {
    region.addEventListener("keydown", (event) => {
      if (event.target !== region) return;
      const step = { ArrowLeft: -80, ArrowRight: 80 }[event.key];
      if (step) {
        region.scrollLeft += step;
        event.preventDefault();
      }
    });
  });

  // Menus close with Escape and with a click elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // On a phone the row of tabs is wider than the screen: show where one is.
  document.querySelectorAll(".tabs [aria-current], .site-nav [aria-current]").forEach((tab) => {
    const row = tab.closest("ul");
    if (row) row.scrollLeft = tab.offsetLeft - row.offsetLeft - 24;
  });

  // A printing link that needs no page of its own.
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
})();
