/* A score sheet: running total, band buttons, keys. Inputs carry data-score, data-max and data-step; [data-score-total] and
   [data-score-count] show the sums; <button data-band-for="input id" data-value="18"> sets points; a box with data-skip-for="input id"
   takes a criterion out of the total, which is scaled to the rest. The server counts again and decides. */
(() => {
  "use strict";
  const plain = (text) => text.normalize("NFKC").trim();
  const isPoints = (input) => /^\d+(\.\d{1,2})?$/.test(plain(input.value)) && Number(plain(input.value)) <= Number(input.dataset.max);
  const tell = (input) => {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  document.querySelectorAll("form[data-score-sheet]").forEach((form) => {
    const inputs = Array.from(form.querySelectorAll("[data-score]"));
    const boxOf = (input) => Array.from(form.querySelectorAll("[data-skip-for]")).find((box) => box.dataset.skipFor === input.id);
    const show = () => {
      let cents = 0;
      let maximum = 0;
      let whole = 0;
      let count = 0;
      inputs.forEach((input) => {
        const box = boxOf(input);
        const skipped = Boolean(box) && box.checked;
        const good = isPoints(input);
        whole += Number(input.dataset.max);
        input.readOnly = skipped;
        input.setAttribute("aria-invalid", plain(input.value) && !good ? "true" : "false");
        if (!skipped) maximum += Number(input.dataset.max);
        if (good && !skipped) cents += Math.round(Number(plain(input.value)) * 100);
        if (good || skipped) count += 1;
        form.querySelectorAll("[data-band-for]").forEach((button) => {
          if (button.dataset.bandFor !== input.id) return;
          button.disabled = skipped;
          button.setAttribute("aria-pressed", String(good && !skipped && Number(button.dataset.value) === Number(plain(input.value))));
        });
      });
      const total = maximum ? Math.round((cents * whole) / maximum) / 100 : 0;
      form.querySelectorAll("[data-score-total]").forEach((place) => { place.textContent = total.toFixed(2).replace(/\.?0+$/, ""); });
      form.querySelectorAll("[data-score-count]").forEach((place) => { place.textContent = `${count}/${inputs.length}`; });
    };
    form.addEventListener("input", show);
    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-band-for]");
      if (!button) return;
      const input = document.getElementById(button.dataset.bandFor);
      input.value = button.dataset.value;
      tell(input);
    });
    form.addEventListener("change", (event) => {
      if (!event.target.matches("[data-skip-for]")) return;
      if (event.target.checked) document.getElementById(event.target.dataset.skipFor).value = "";
      show();
    });

    // Single keys work only while the focus is in the sheet.
    const sheet = form.closest(".review-sheet") || form;
    const help = form.querySelector("[data-keys-help]");
    if (help) help.hidden = false;
    const go = (input) => {
      if (!input) return;
      input.focus();
      input.select();
      (input.closest(".review-criterion") || input).scrollIntoView({ block: "nearest" });
    };
    const step = (input, sign) => {
      const now = isPoints(input) ? Number(plain(input.value)) : 0;
      const next = Math.min(Math.max(now + sign * Number(input.dataset.step || 1), 0), Number(input.dataset.max));
      input.value = String(next);
      tell(input);
    };
    form.addEventListener("keydown", (event) => {
      const input = event.target.closest("[data-score]");
      if (!input || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
      if (event.key === "Enter") go(inputs[inputs.indexOf(input) + 1]);
      else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && !input.readOnly) step(input, event.key === "ArrowUp" ? 1 : -1);
      else return;
      event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        form.querySelector("button[name=submit]").click();
        event.preventDefault();
        return;
      }
      if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
      const typing = /^(TEXTAREA|SELECT)$/.test(event.target.tagName) || (event.target.tagName === "INPUT" && event.target.type === "text");
      if (!sheet.contains(event.target)) return;
      if (event.key === "Escape" && typing) {
        sheet.focus({ preventScroll: true });
      } else if (!typing && /^[1-9]$/.test(event.key) && inputs[Number(event.key) - 1]) {
        go(inputs[Number(event.key) - 1]);
        event.preventDefault();
      }
    });
    show();
  });
})();
