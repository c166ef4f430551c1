// Opens pages in a headless Chromium, and says what is wrong with them.
//
//   node check.mjs PAGES OUT
//
// In: PAGES/NAME.html, and PAGES/NAME.json with the same report. Out: a sentence for each fault,
// pictures and PDFs of some pages below OUT, and exit code 1 if there is a fault.
// Must not load anything but the pages.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

import * as layout from "./layout.mjs";
import { missing, pagesOf, textOf } from "./paper.mjs";
import { faultsOfSource } from "./source.mjs";

const [pages, out] = process.argv.slice(2).map((path) => resolve(path));
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The pages that are tested in every way, and that people look at after the run. */
const THOROUGH = [
  "renamed-certificate",
  "private-key",
  "healthy",
  "two-tenants",
  "wizard-run",
  "week",
  "sixty-servers",
  "hostile-names",
  "one-session",
  "five-minutes",
  "all-rejected",
  "without-exports",
  "nothing-rejected",
  "thirty-days",
  "change-of-year",
  "preflight",
  "preflight-hostile",
];

const WIDTHS = [360, 400, 600, 700, 980, 1280, 1600];
/** Of the other pages, only these: where the layout changes most. */
const FEW_WIDTHS = [360, 700, 1280];
/** The space between the margins of A4, in CSS pixels: 210 mm without 2 × 13 mm. */
const PAPER = Math.floor((184 / 25.4) * 96);
const MOST_BYTES = 200_000;
/** How many commands of a page are clicked on. */
const CLICKED = 6;
/** Several pages at a time. */
const AT_ONCE = 2;
/** How long the browser may take for one thing, in milliseconds: machines of CI are busy. */
const PATIENCE = 120_000;

const SWITCHES = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A window of its own, which waits as long as a busy machine may need. */
async function contextOf(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  return context;
}

/** Calls a function in a page. The policy of the page forbids `eval`, which `page.evaluate` may use. */
async function inside(session, call) {
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    expression: `(${call})()`,
    returnByValue: true,
  });
  if (exceptionDetails) {
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }
  return result.value;
}

/** Notes what the browser says and asks for. The only request may be the one for the page. */
function listen(page, url, note) {
  page.on("console", (message) => note("console", message.text()));
  page.on("pageerror", (error) => note("console", error.message));
  page.on("request", (request) => {
    if (request.url() !== url) {
      note("requests", request.url());
    }
  });
}

/** What a page looks like under its own policy, at all widths, enlarged and on paper. */
async function look(browser, name, url, note) {
  const context = await contextOf(browser, { viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  listen(page, url, note);
  await page.goto(url);
  const session = await context.newCDPSession(page);
  const ask = (call) => inside(session, call);
  const tell = async (check, call) => {
    for (const fault of await ask(call)) {
      note(check, fault);
    }
  };
  const atWidth = async (width, what) => {
    await page.setViewportSize({ width, height: 900 });
    await tell(`${width} px${what}`, layout.beyondTheEdge);
    await tell(`${width} px${what}`, layout.overlaps);
  };
  const thorough = THOROUGH.includes(name);
  await tell("references", layout.references);
  await pictures(page, name);
  await atWidth(360, ", folded");
  await paper(page, name, ask, note);
  await ask(layout.unfold);
  for (const width of thorough ? WIDTHS : FEW_WIDTHS) {
    await atWidth(width, "");
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await copies(page, name, ask, note);
  if (thorough) {
    await enlarged(browser, page, session, url, atWidth, note);
  }
  await page.emulateMedia({ media: "print" });
  await atWidth(PAPER, ", on paper");
  await context.close();
}

/** With larger text, and zoomed to 200 %. */
async function enlarged(browser, page, session, url, atWidth, note) {
  await session.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
  await atWidth(1280, ", text of 200 %");
  await session.send("Page.setFontSizes", { fontSizes: { standard: 16, fixed: 13 } });
  // Zoomed to 200 %, a window of 1280 pixels has 640 CSS pixels.
  const zoomed = await contextOf(browser, { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 });
  const large = await zoomed.newPage();
  await large.goto(url);
  const zoomedSession = await zoomed.newCDPSession(large);
  await inside(zoomedSession, layout.unfold);
  for (const fault of await inside(zoomedSession, layout.beyondTheEdge)) {
    note("zoom of 200 %", fault);
  }
  await zoomed.close();
}

/** The page as it is seen, for people. */
async function pictures(page, name) {
  if (!THOROUGH.includes(name)) {
    return;
  }
  const shoot = (kind) => page.screenshot({ path: join(out, `${name}-${kind}.png`), fullPage: true });
  await page.emulateMedia({ colorScheme: "light" });
  await shoot("light");
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot("dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 400, height: 900 });
  await shoot("narrow");
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** The page as it is printed: nothing may be missing or cut. */
async function paper(page, name, ask, note) {
  const pdf = join(out, `${name}.pdf`);
  await page.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true });
  const margins = await ask(
    "() => ['sendlens', document.querySelector('.top span:last-child')?.textContent ?? '']",
  );
  for (const fault of missing(textOf(pdf, margins), await ask(layout.onPaper))) {
    note("paper", fault);
  }
  if (THOROUGH.includes(name)) {
    execFileSync("pdftoppm", ["-r", "70", "-png", pdf, join(out, `${name}-print`)]);
    printedPages.set(name, pagesOf(pdf));
  } else {
    execFileSync("rm", [pdf]);
  }
}

/** All commands of a report, wherever they stand in it. */
function commandsIn(value) {
  if (value === null || typeof value !== "object") {
    return [];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "command" && typeof inner === "string" ? [inner] : commandsIn(inner),
  );
}

/** What is copied: a click on a command selects all of it, and a thumbprint is whole. */
async function copies(page, name, ask, note) {
  const report = JSON.parse(readFileSync(join(pages, `${name}.json`), "utf8"));
  const commands = new Set(commandsIn(report));
  const shown = page.locator(".cmd pre");
  const count = await shown.count();
  for (let at = 0; at < count; at += 1) {
    if (at < CLICKED) {
      await shown.nth(at).click({ position: { x: 14, y: 14 } });
    } else {
      await ask(`() => { getSelection().selectAllChildren(document.querySelectorAll(".cmd pre")[${at}]); }`);
    }
    const text = await ask(layout.selected);
    if (!commands.has(text)) {
      note("commands", `copied is ${JSON.stringify(text.slice(0, 90))}, which is no command of the report`);
    }
  }
  if (commands.size > 0 && count === 0) {
    note("commands", "the report has commands, and the page shows none");
  }
  for (const text of await ask(layout.thumbprints)) {
    if (!/^[0-9A-F]{40}$/.test(text)) {
      note("thumbprints", `copied is ${JSON.stringify(text)}`);
    }
  }
}

/** What tools for accessibility find. They need scripts, which the policy of the page forbids. */
async function access(browser, name, url, note) {
  const ways = [
    ["light", { colorScheme: "light", viewport: { width: 1280, height: 900 } }],
    ["dark", { colorScheme: "dark", viewport: { width: 1280, height: 900 } }],
    ["narrow", { colorScheme: "light", viewport: { width: 400, height: 900 } }],
  ];
  for (const [what, options] of THOROUGH.includes(name) ? ways : ways.slice(0, 1)) {
    const context = await contextOf(browser, { bypassCSP: true, ...options });
    const page = await context.newPage();
    await page.goto(url);
    await page.evaluate(axeSource);
    await page.evaluate(layout.unfold);
    const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
    for (const { id, impact, nodes } of violations) {
      const first = `${nodes.length} × ${id} (${impact}): ${nodes[0].html.slice(0, 120)}; ${nodes[0].failureSummary.replace(/\s+/g, " ").slice(0, 200)}`;
      if (impact === "serious" || impact === "critical") {
        note(`axe, ${what}`, first);
      } else {
        minor.add(`${id} (${impact})`);
      }
    }
    await context.close();
  }
}

const faults = [];
const minor = new Set();
const printedPages = new Map();

async function check(browser, name) {
  const file = join(pages, `${name}.html`);
  const note = (kind, text) => faults.push(`${name}: ${kind}: ${text}`);
  for (const fault of faultsOfSource(readFileSync(file, "utf8"))) {
    note("source", fault);
  }
  const { size } = statSync(file);
  if (size > MOST_BYTES) {
    note("size", `${size} bytes`);
  }
  const url = pathToFileURL(file).href;
  await look(browser, name, url, note);
  await access(browser, name, url, note);
}

async function main() {
  mkdirSync(out, { recursive: true });
  const wanted = process.argv.slice(4);
  const names = readdirSync(pages)
    .filter((file) => file.endsWith(".html"))
    .map((file) => file.slice(0, -".html".length))
    .filter((name) => wanted.length === 0 || wanted.includes(name))
    .sort();
  const lost = (wanted.length === 0 ? THOROUGH : wanted).filter((name) => !names.includes(name));
  if (lost.length > 0) {
    throw new Error(`there is no page of ${lost.join(", ")} in ${pages}`);
  }
  const browser = await chromium.launch({
    executablePath: process.env.SENDLENS_CHROMIUM ?? "/usr/bin/chromium",
    args: SWITCHES,
  });
  const version = browser.version();
  const left = [...names];
  const worker = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      await check(browser, name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await browser.close();
  writeFileSync(join(out, "faults.txt"), faults.map((fault) => `${fault}\n`).join(""));
  for (const fault of faults.sort()) {
    console.error(fault);
  }
  for (const [name, count] of [...printedPages].sort()) {
    console.log(`${name}: ${count} printed pages`);
  }
  if (minor.size > 0) {
    console.log(`axe also notes: ${[...minor].sort().join(", ")}`);
  }
  console.log(`${names.length} pages in Chromium ${version}: ${faults.length} faults`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

await main();
