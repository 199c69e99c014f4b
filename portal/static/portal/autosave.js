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
  const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });

  document.addEventListener("input", (event) => {
    const form = formOf(event);
    if (form) say(form, "changed", "有改动，尚未保存");
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = formOf(event);
    if (form) say(form, "saving", "正在保存");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = formOf(event);
    if (!form) return;
    if (event.detail.successful) {
      say(form, "saved", `已自动保存，${clock()}`);
      form.dispatchEvent(new CustomEvent("portal:saved", { bubbles: true }));
    } else {
      say(form, "failed", "没有保存成功。请点“保存”重试，页面上的内容还在");
    }
  });
})();
