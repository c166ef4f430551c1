// The printed page: its text, read back from the PDF.
//
// In: a PDF and the texts that it must hold. Out: sentences about what is missing.

import { execFileSync } from "node:child_process";

/** Without white space, and without the ligatures that some fonts have. */
const bare = (text) => text.normalize("NFKC").replace(/[\s\u200b\u00ad]+/g, "");

/** The text of each page of a PDF in the order in which it was drawn, without the margins. */
export function textOf(pdf, margins) {
  const text = execFileSync("pdftotext", ["-raw", "-enc", "UTF-8", pdf, "-"], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  // Both margins may be read as one line.
  const inMargin = new Set([...margins, margins.join("")].map(bare));
  const isMargin = (line) => inMargin.has(bare(line)) || /^\d+ \/ \d+$/.test(line.trim());
  const withoutMargins = (page) => page.split("\n").filter((line) => !isMargin(line)).join("\n");
  return text.split("\f").map((page) => bare(withoutMargins(page)));
}

/** How many pages a PDF has. */
export function pagesOf(pdf) {
  const info = execFileSync("pdfinfo", [pdf], { encoding: "utf8" });
  return Number(/^Pages:\s+(\d+)$/m.exec(info)[1]);
}

/** What is shorter, in characters without blanks, has one line, and no page can break it. */
const ONE_LINE = 40;

/**
 * Whether a text begins on one page and goes on at the top of the next. What stands beside it on the first
 * page may be drawn in between.
 */
function isBroken(wanted, pages) {
  return pages.some((page, at) => {
    if (at === 0) {
      return false;
    }
    let rest = 1;
    while (rest < wanted.length && !page.startsWith(wanted.slice(rest))) {
      rest += 1;
    }
    return rest < wanted.length && pages[at - 1].includes(wanted.slice(0, rest));
  });
}

/**
 * Which of the texts a PDF does not hold. Those of a table or of what is folded must be there in their
 * order, because a short text such as "3" is found anywhere.
 */
export function missing(pages, texts) {
  const printed = pages.join("");
  const faults = [];
  const reached = new Map();
  for (const { text, table } of texts) {
    const wanted = bare(text);
    const found = printed.indexOf(wanted, table < 0 ? 0 : (reached.get(table) ?? 0));
    if (found < 0 && wanted.length > ONE_LINE && isBroken(wanted, pages)) {
      continue;
    }
    if (found < 0) {
      faults.push(`the PDF lacks "${text.trim().slice(0, 60)}"`);
    } else {
      reached.set(table, found + wanted.length);
    }
  }
  return faults.slice(0, 5);
}
