/* Says beside a form whether htmx has saved it: <form data-autosave> and <span class="save-state" data-save-state role="status">.
   The server's answer may fill that place itself, and list what is wrong in #part-problems; this script puts it beside the fields. */
(() => {
  "use strict";
  const stateOf = (form) => form.querySelector("[data-save-state]");
  const say = (form, state, text) => {
    const place = stateOf(form);
    if (!place) return;
    place.dataset.state = state;
    place.textContent = text;
  };
  const formOf = (event) => event.target.closest("form[data-autosave]");
  // A fragment inside the form may ask for itself; only what the form sends is a save.
  const saving = (event) => (event.detail.elt.matches("form[data-autosave]") ? event.detail.elt : null);
  const refused = {
    403: "没有保存：您现在不能修改这一部分，页面上的内容还在",
    409: "没有保存成功。请点“保存”查看原因，页面上的内容还在",
    422: "有内容没有填完或需要改正，改好后自动保存",
  };
  const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });

  // A form that is sent while it is being saved waits for the answer: it would be refused as older than what is stored.
  const waiting = new Map();
  // A form on its way to the server saves itself no more: the later one of the two would be refused.
  let leaving = new WeakSet();
  // Forms whose session has ended: what is typed stays on the page until the person has signed in again elsewhere.
  const signedOut = new Set();

  document.addEventListener("input", (event) => {
    const form = formOf(event);
    if (form && !signedOut.has(form)) say(form, "changed", "有改动，尚未保存");
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
  const isLogin = (event) => {
    const address = event.detail.xhr && event.detail.xhr.responseURL;
    return Boolean(address) && new URL(address).pathname !== new URL(event.detail.pathInfo.finalRequestPath, location.href).pathname;
  };
  // The answer to a refused save is shown too: it carries the reason as fragments of this page.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.requestConfig || !event.detail.requestConfig.elt.matches("form[data-autosave]")) return;
    if (isLogin(event)) event.detail.shouldSwap = false;
    else if ([400, 403, 409, 422].includes(event.detail.xhr.status)) event.detail.shouldSwap = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = saving(event);
    if (!form) return;
    const submitter = waiting.get(form);
    waiting.delete(form);
    if (event.detail.successful && isLogin(event)) {
      signedOut.add(form);
      say(form, "failed", "登录已过期，没有保存。请在新窗口登录，再回到本页继续，页面上的内容还在");
      return;
    }
    if (submitter) setTimeout(() => submitter.click(), 0);
    const place = stateOf(form);
    const told = Boolean(place) && place.dataset.state !== "saving";
    if (event.detail.successful) {
      if (!told) say(form, "saved", `已自动保存，${clock()}`);
      mirror(form);
      form.dispatchEvent(new CustomEvent("portal:saved", { bubbles: true }));
    } else if (!told) {
      const status = event.detail.xhr ? event.detail.xhr.status : 0;
      say(form, status === 422 ? "changed" : "failed", refused[status] || "没有保存成功。请点“保存”重试，页面上的内容还在");
    }
  });

  // What the server says of a field that has been typed in stands beside it; what is merely still empty does not nag.
  const mirror = (form) => {
    const panel = document.getElementById("part-problems");
    if (!panel) return;
    form.querySelectorAll(".errorlist").forEach((list) => list.remove());
    form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
    form.querySelectorAll(".field-wrong").forEach((field) => field.classList.remove("field-wrong"));
    const rows = panel.querySelectorAll("[data-field]");
    if (!panel.querySelector(".problem-list")) document.querySelectorAll(".error-summary, .notice-kept").forEach((old) => old.remove());
    rows.forEach((row) => {
      const field = document.getElementById(row.dataset.field);
      if (!field || row.hasAttribute("data-empty")) return;
      field.setAttribute("aria-invalid", "true");
      const list = document.createElement("ul");
      list.className = "errorlist";
      list.appendChild(document.createElement("li")).textContent = row.dataset.message;
      const before = field.closest(".affix, .check-line") || field;
      before.parentNode.insertBefore(list, before);
    });
  };

  // Signed in again in another window: take the new token and save what was typed meanwhile.
  window.addEventListener("focus", () => {
    signedOut.forEach((form) => {
      fetch(location.href, { credentials: "same-origin" }).then((answer) => {
        if (answer.redirected) return null;
        return answer.text();
      }).then((text) => {
        if (!text) return;
        const token = new DOMParser().parseFromString(text, "text/html").querySelector("form[data-autosave] [name=csrfmiddlewaretoken]");
        if (!token) return;
        form.querySelector("[name=csrfmiddlewaretoken]").value = token.value;
        signedOut.delete(form);
        form.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });
  });
})();
