/* Keys of the workbench; the page does everything without them. Single keys are off while one types, and for good when
   the box "关闭单键快捷键" is ticked (remembered in this browser). */
(() => {
  "use strict";
  const form = document.querySelector("[data-work-form]");
  const off = document.querySelector("[data-work-off]");
  const KEY = "portal.workbench.keys";
  const remembered = () => { try { return localStorage.getItem(KEY) === "off"; } catch (error) { return false; } };
  if (off) {
    off.checked = remembered();
    off.addEventListener("change", () => {
      try { localStorage.setItem(KEY, off.checked ? "off" : "on"); } catch (error) { /* not remembered, still in force here */ }
    });
  }
  const isOff = () => (off ? off.checked : remembered());
  const follow = (name) => { const link = document.querySelector(`a[data-work="${name}"]`); if (link) link.click(); };
  const field = (name) => form && form.querySelector(`[name="${name}"]`);
  const choose = (value) => {
    const radio = form && form.querySelector(`[name="verdict"][value="${value}"]`);
    if (!radio) return;
    radio.checked = true;
    radio.focus();
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const focus = (name) => { const input = field(name); if (input) input.focus(); };
  const acts = {
    a: () => choose("allowed"), b: () => choose("banned"), q: () => choose("needs-review"),
    c: () => focus("article_item"), r: () => focus("reason"),
    j: () => follow("next"), k: () => follow("previous"), l: () => follow("queue"),
  };
  const isTyping = (target) => target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)
    || (target.tagName === "INPUT" && !/^(radio|checkbox|button|submit)$/.test(target.type));
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) {
      event.preventDefault();
      form.requestSubmit ? form.requestSubmit() : form.querySelector("button[type=submit]").click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === "Escape" && isTyping(event.target)) { event.target.blur(); return; }
    const act = acts[event.key.toLowerCase()];
    if (!act || isOff() || isTyping(event.target)) return;
    event.preventDefault();
    act();
  });
})();
