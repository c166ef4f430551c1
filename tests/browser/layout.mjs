// What a browser makes of a page. Each function runs inside the page, and sees nothing of this file.
//
// In: the document that is shown. Out: sentences about what is wrong.

/** Elements that reach beyond the page at its present width, and texts that are cut. */
export function beyondTheEdge() {
  const faults = [];
  const root = document.documentElement;
  const edge = root.clientWidth;
  if (root.scrollWidth > edge || document.body.scrollWidth > edge) {
    faults.push(`the page scrolls sideways: ${Math.max(root.scrollWidth, document.body.scrollWidth)} of ${edge} px`);
  }
  const named = (element) => {
    const text = element.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
    const className = element.getAttribute("class");
    return `<${element.localName}${className ? ` class="${className}"` : ""}> "${text}"`;
  };
  // Texts for screen readers and the link that appears with the keyboard are out of sight on purpose.
  // What is in the bar of a certificate is clipped by it, and looked at below.
  const aside = ".vh, .vh *, .skip, .run *, defs *, symbol *";
  const isForReaders = (element) => getComputedStyle(element).clipPath.startsWith("inset(50%");
  for (const element of document.body.querySelectorAll("*")) {
    if (element.matches(aside) || isForReaders(element) || !element.checkVisibility({ contentVisibilityAuto: true })) {
      continue;
    }
    const box = element.getBoundingClientRect();
    if (box.width > 0 && box.height > 0 && (box.right > edge + 1 || box.left < -1)) {
      faults.push(`${named(element)} reaches from ${Math.round(box.left)} to ${Math.round(box.right)} of ${edge} px`);
    }
    const { overflowX } = getComputedStyle(element);
    if (overflowX !== "visible" && element.namespaceURI.endsWith("xhtml") && element.scrollWidth > element.clientWidth + 1) {
      faults.push(`${named(element)} hides a part of itself: ${element.scrollWidth} of ${element.clientWidth} px`);
    }
  }
  // A long word may reach beyond the box of its element.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (node.data.trim() === "" || parent.closest(".vh, .skip, .run, thead") || !parent.checkVisibility()) {
      continue;
    }
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.right > edge + 1 || box.left < -1) {
      faults.push(`the text "${node.data.trim().slice(0, 60)}" ends at ${Math.round(box.right)} of ${edge} px`);
    }
  }
  for (const part of document.querySelectorAll(".run tspan")) {
    // A text on a bar has to fit. The letter alone may be wider than a short bar.
    const box = part.checkVisibility() && !part.matches(".l") ? rectOf(part) : null;
    const bar = part.closest(".run").querySelector("rect").getBoundingClientRect();
    if (box && box.width > 0 && box.right > bar.right + 0.5) {
      faults.push(`${named(part)} is cut by its bar: ${Math.round(box.right - bar.right)} px`);
    }
  }
  function rectOf(part) {
    const range = document.createRange();
    range.selectNodeContents(part);
    return range.getBoundingClientRect();
  }
  return faults.slice(0, 5);
}

/** Texts of the picture that lie on each other. */
export function overlaps() {
  const faults = [];
  for (const plot of document.querySelectorAll("svg.plot")) {
    const texts = [...plot.querySelectorAll("text")].filter(
      (text) => text.checkVisibility() && !text.closest(".run") && text.textContent.trim() !== "",
    );
    const boxes = texts.map((text) => text.getBoundingClientRect());
    for (let a = 0; a < boxes.length; a += 1) {
      for (let b = a + 1; b < boxes.length; b += 1) {
        const wide = Math.min(boxes[a].right, boxes[b].right) - Math.max(boxes[a].left, boxes[b].left);
        const high = Math.min(boxes[a].bottom, boxes[b].bottom) - Math.max(boxes[a].top, boxes[b].top);
        if (wide > 1 && high > 2) {
          faults.push(`"${texts[a].textContent}" and "${texts[b].textContent}" lie on each other`);
        }
      }
    }
  }
  return faults.slice(0, 5);
}

/** Ids, links and references that lead nowhere or are not unique, headings, and what could load or run. */
export function references() {
  const faults = [];
  const ids = new Set();
  for (const { id } of document.querySelectorAll("[id]")) {
    if (ids.has(id)) {
      faults.push(`the id ${id} is not unique`);
    }
    ids.add(id);
  }
  for (const link of document.querySelectorAll("[href]")) {
    const to = link.getAttribute("href");
    if (!to.startsWith("#") || !ids.has(to.slice(1))) {
      faults.push(`a link leads to ${to}`);
    }
  }
  for (const name of ["aria-labelledby", "aria-describedby", "for"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      const missing = element.getAttribute(name).split(/\s+/).filter((id) => !ids.has(id));
      faults.push(...missing.map((id) => `${name} names ${id}, which is missing`));
    }
  }
  for (const element of document.querySelectorAll("*")) {
    const { fill } = getComputedStyle(element);
    const used = /url\("?#([^")]*)/.exec(fill ?? "")?.[1];
    if (used !== undefined && !ids.has(used)) {
      faults.push(`a colour is #${used}, which is missing`);
    }
    for (const { name, value } of element.attributes) {
      const loads = ["src", "srcset", "data", "action", "formaction", "background", "poster", "ping"].includes(name);
      if (loads || name.startsWith("on") || (name === "style" && value.includes("url("))) {
        faults.push(`<${element.localName}> has ${name}="${value}"`);
      }
    }
  }
  const loading = "script, img, image, iframe, frame, object, embed, link, base, form, audio, video, input, button";
  for (const element of document.querySelectorAll(loading)) {
    faults.push(`there is a <${element.localName}>`);
  }
  const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => Number(heading.localName[1]));
  if (levels.filter((level) => level === 1).length !== 1) {
    faults.push("there is not exactly one h1");
  }
  if (levels.some((level, at) => level > (at === 0 ? 1 : levels[at - 1] + 1))) {
    faults.push(`the levels of headings are ${levels.join(" ")}`);
  }
  if (document.title.trim() === "" || document.documentElement.lang === "") {
    faults.push("the page has no title or no language");
  }
  return faults.slice(0, 8);
}

/** Opens everything that is folded. */
export function unfold() {
  for (const details of document.querySelectorAll("details")) {
    details.open = true;
  }
}

/** What is copied if each thumbprint is selected. */
export function thumbprints() {
  return [...document.querySelectorAll(".certs .mono, .print")].map((element) => {
    const selection = getSelection();
    selection.selectAllChildren(element);
    return selection.toString();
  });
}

/** The text that is selected. */
export function selected() {
  return getSelection().toString();
}

/** The texts that paper must hold, each with the number of its table or folded part, or -1. */
export function onPaper() {
  // Paper does not have: links between parts, the hint about the pointer, texts for screen readers alone,
  // and the summary of a check, whose content is printed unfolded below its row.
  const aside = "nav, .skip, .hint, .vh, svg, .checks summary";
  const texts = [];
  const tables = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent.closest(aside) && node.data.trim() !== "") {
      // A row of two tables side by side may be broken over pages: each table has an order of its own.
      const table = parent.closest("table, details");
      if (table && !tables.includes(table)) {
        tables.push(table);
      }
      texts.push({ text: node.data, table: tables.indexOf(table) });
    }
  }
  return texts;
}
