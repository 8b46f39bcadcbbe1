// A list whose rows are selected: the head's box takes all, the button says how
// many there are to compare.

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-select]")) {
  const boxes = [...form.querySelectorAll<HTMLInputElement>('tbody input[type="checkbox"]')];
  const all = form.querySelector<HTMLInputElement>('thead input[type="checkbox"]');
  const button = form.querySelector<HTMLButtonElement>("[data-compare]");
  const tell = (): void => {
    let chosen = 0;
    for (const box of boxes) {
      if (box.checked) chosen++;
      box.closest("tr")?.setAttribute("aria-selected", String(box.checked));
    }
    if (all) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    if (button) {
      button.disabled = chosen < 2;
      button.textContent = chosen > 1 ? `Compare ${chosen}` : "Compare";
    }
  };
  if (all) all.hidden = false;
  all?.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  form.addEventListener("change", tell);
  tell();
}

