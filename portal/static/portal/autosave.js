/* Says beside a form whether htmx has saved it: <form data-autosave> and <span class="save-state" data-save-state role="status">. */
(() => {
  "use strict";
  const say = (form, state, text) => {
    const place = form.querySelector("[data-save-state]");
    if (!place) return;
    place.dataset.state = state;
    place.textContent = text;
  };
  const formOf = (event) => event.target.closest("form[data-autosave]");
  // A fragment inside the form may ask for itself; only what the form sends is a save.
  const saving = (event) => (event.detail.elt.matches("form[data-autosave]") ? event.detail.elt : null);
  const refused = {
    409: "没有保存成功。请点“保存”查看原因，页面上的内容还在",
    422: "有内容没有填完或需要改正，改好后自动保存",
  };
  const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });

  // A form that is sent while it is being saved waits for the answer: it would be refused as older than what is stored.
  const waiting = new Map();
  // A form on its way to the server saves itself no more: the later one of the two would be refused.
  let leaving = new WeakSet();

  document.addEventListener("input", (event) => {
    const form = formOf(event);
    if (form) say(form, "changed", "有改动，尚未保存");
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!waiting.has(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter || document.activeElement; // event.submitter: Chromium 81
    waiting.set(form, button.matches("button") ? button : form.querySelector("[type=submit]"));
  }, true);
  window.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) leaving.add(event.target);
  });
  window.addEventListener("pageshow", () => {
    leaving = new WeakSet();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = saving(event);
    if (!form) return;
    if (leaving.has(form)) {
      event.preventDefault();
      return;
    }
    waiting.set(form, waiting.get(form) || null);
    say(form, "saving", "正在保存");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = saving(event);
    if (!form) return;
    const submitter = waiting.get(form);
    waiting.delete(form);
    if (submitter) setTimeout(() => submitter.click(), 0);
    if (event.detail.successful) {
      say(form, "saved", `已自动保存，${clock()}`);
      form.dispatchEvent(new CustomEvent("portal:saved", { bubbles: true }));
    } else {
      const status = event.detail.xhr ? event.detail.xhr.status : 0;
      say(form, status === 422 ? "changed" : "failed", refused[status] || "没有保存成功。请点“保存”重试，页面上的内容还在");
    }
  });
})();
