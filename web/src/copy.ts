// Ids and commands that copy themselves. Without script an id is selected by a
// click; with it, it is a button.

async function copy(element: HTMLElement, text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  element.classList.add("copied");
  setTimeout(() => element.classList.remove("copied"), 1200);
}

const path = "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3";

function icon(): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

class CopyID extends HTMLElement {
  connectedCallback(): void {
    if (!navigator.clipboard) return; // only secure origins and this machine have one
    this.tabIndex = 0;
    this.setAttribute("role", "button");
    this.setAttribute("aria-label", "Copy " + (this.textContent ?? "").trim()); // the name holds what is seen
    this.append(icon());
    const act = () => void copy(this, this.dataset.copy ?? "");
    this.addEventListener("click", act);
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act();
    });
  }
}

class CopyText extends HTMLElement {
  connectedCallback(): void {
    if (!navigator.clipboard) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn small quiet square";
    button.setAttribute("aria-label", "Copy");
    button.append(icon());
    button.addEventListener("click", () => void copy(button, this.dataset.copy ?? ""));
    this.append(button);
  }
}

customElements.define("copy-id", CopyID);
customElements.define("copy-text", CopyText);
