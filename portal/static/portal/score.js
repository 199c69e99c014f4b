/* Running total of a score sheet. Inputs carry data-score and data-max; [data-score-total] and [data-score-count] show the sums.
   Band buttons: <button type="button" data-band-for="input id" data-value="18">. The server counts again and decides. */
(() => {
  "use strict";
  const plain = (text) => text.normalize("NFKC").trim();

  document.querySelectorAll("form[data-score-sheet]").forEach((form) => {
    const inputs = Array.from(form.querySelectorAll("[data-score]"));
    const show = () => {
      let cents = 0;
      let count = 0;
      inputs.forEach((input) => {
        const text = plain(input.value);
        const good = /^\d+(\.\d{1,2})?$/.test(text) && Number(text) <= Number(input.dataset.max);
        input.setAttribute("aria-invalid", text && !good ? "true" : "false");
        if (good) {
          cents += Math.round(Number(text) * 100);
          count += 1;
        }
        form.querySelectorAll("[data-band-for]").forEach((button) => {
          if (button.dataset.bandFor === input.id) button.setAttribute("aria-pressed", String(good && Number(button.dataset.value) === Number(text)));
        });
      });
      form.querySelectorAll("[data-score-total]").forEach((place) => { place.textContent = (cents / 100).toFixed(2).replace(/\.?0+$/, ""); });
      form.querySelectorAll("[data-score-count]").forEach((place) => { place.textContent = `${count}/${inputs.length}`; });
    };
    form.addEventListener("input", show);
    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-band-for]");
      if (!button) return;
      const input = document.getElementById(button.dataset.bandFor);
      input.value = button.dataset.value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    show();
  });
})();
