// Visits every page of a running demonstration in a real browser: axe at two widths, with the site's scripts and without,
// as several readers; nothing scrolls sideways but labelled regions; every internal link answers; screenshots are kept.
//
// node visit.mjs ADDRESS CHROMIUM SCREENSHOTS. Exit code 1 when anything was found.

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [address, executablePath, screenshots] = process.argv.slice(2);
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(screenshots, { recursive: true });

// How many pages of one pattern are looked at for each reader: pages of one pattern share their template.
const OF_A_PATTERN = 2;
const FOLLOWED_OF_A_PATTERN = 60;
const WIDTHS = [1280, 375];
const START = ["/", "/organisations", "/organisations?kind=supplier", "/products", "/elements", "/map", "/compare",
  "/search?q=revenues", "/search?q=nothing-is-called-this", "/shared-list", "/sign-in", "/no-such-page", "/products?colour=red"];
const READERS = [
  { name: "visitor", choose: null },
  { name: "member", choose: /member/i },
  { name: "editor", choose: /ashmere.*editor|editor.*ashmere/i },
  { name: "steward", choose: /ashmere.*steward|steward.*ashmere/i },
  // These see pages that others see too: what differs is what stands in them, which other tests are about.
  { name: "supplier", choose: /fennel/i, widths: [375], brief: true },
  { name: "keeper", choose: /steward at colneshire combined authority/i, widths: [1280], brief: true },
  { name: "auditor", choose: /auditor/i, widths: [1280], brief: true },
  { name: "operator", choose: /operator/i, widths: [1280], brief: true },
];

// Comparisons of two and of six, which no link leads to as such.
const COMPARED = ["/compare?organisation=ashmere&organisation=brackford",
  `/compare?${["ashmere", "brackford", "colne", "dunmoor", "elmsey"].map((id) => `organisation=${id}`).join("&")}`];
// Addresses that answer with a file, not with a page.
const FILE = /\.(json|csv|xlsx|svg|png|ics|atom)(\?|$)|\/drawing/;

const findings = [];
const found = (where, what) => {
  findings.push(`${where}: ${what}`);
  console.error(findings.at(-1));
};
let looks = 0;

const COLLECTIONS = ["openapi", "systems", "products", "contracts", "elements", "imports", "changes", "comparisons", "feeds", "matches", "offers",
  "published"];

function pattern(path) {
  const url = new URL(path, address);
  const parts = url.pathname.split("/").map((part, place, all) => {
    const parent = all[place - 1];
    if (parent === "organisations") return part === "fennel-software" ? "{supplier}" : "{organisation}";
    return COLLECTIONS.includes(parent) ? "{id}" : part;
  });
  const filters = [...new Set(url.searchParams.keys())].sort().join(",");
  return `${parts.join("/")}?${filters}`;
}

function fileName(reader, path, width, scripts) {
  const name = path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "").slice(0, 80) || "home";
  return `${screenshots}/${reader}-${name}-${width}${scripts ? "" : "-no-scripts"}.png`;
}

async function look(page, reader, path, width, scripts, shoot) {
  const where = `${path} as ${reader} at ${width}${scripts ? "" : " without scripts"}`;
  await page.setViewportSize({ width, height: width === 375 ? 812 : 1000 });
  const errors = [];
  const note = (message) => { if (message.type() === "error") errors.push(message.text()); };
  page.on("console", note);
  const response = await page.goto(address + path, { waitUntil: "load" });
  page.off("console", note);
  looks += 1;
  const status = response.status();
  const expected = path.startsWith("/no-such") ? 404 : path.includes("colour=") ? 400 : 200;
  if (status !== expected) found(where, `answered ${status}, not ${expected}`);
  if (scripts && status === 200) for (const error of errors) found(where, `console: ${error}`);
  const axe = await page.evaluate(`${axeSource}; axe.run(document, { resultTypes: ["violations"] })`);
  for (const violation of axe.violations) {
    found(where, `axe ${violation.id}: ${violation.help} at ${violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ")}`);
  }
  const shape = await page.evaluate(() => ({
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    headings: document.querySelectorAll("h1").length,
    styled: document.querySelectorAll("[style]").length,
    title: document.title,
    bytes: performance.getEntriesByType("navigation")[0].transferSize
      + performance.getEntriesByType("resource").reduce((sum, entry) => sum + entry.transferSize, 0),
  }));
  if (shape.sideways > 0) found(where, `the page scrolls sideways by ${shape.sideways} px`);
  if (shape.headings !== 1) found(where, `${shape.headings} first-level headings`);
  if (!scripts && shape.styled > 0) found(where, `${shape.styled} style attributes`);
  if (!shape.title.trim()) found(where, "no title");
  if (shape.bytes > 200 * 1024) found(where, `${shape.bytes} bytes transferred, more than 200 KB`);
  if (shoot) await page.screenshot({ path: fileName(reader, path, width, scripts), fullPage: true });
  return await page.evaluate(() => [...document.querySelectorAll("a[href]")].map((link) => ({ link: link.getAttribute("href"), file: link.hasAttribute("download") })));
}

async function become(page, choice) {
  await page.goto(`${address}/choose-role`);
  const labels = page.locator("label.govuk-radios__label");
  for (let place = 0; place < await labels.count(); place += 1) {
    const label = labels.nth(place);
    const text = await label.innerText();
    if (choice.test(text)) {
      await page.locator(`[id="${await label.getAttribute("for")}"]`).check();
      await page.getByRole("button", { name: /continue/i }).click();
      return text;
    }
  }
  throw new Error(`nobody to choose matches ${choice}`);
}

// An editor's whole way through an import up to the preview, so that its pages are looked at too.
async function importPages(page) {
  await page.goto(`${address}/organisations/ashmere/imports`);
  const rows = ["System,Supplier,Service area,Contract end,Owner", "Bin rounds,Bartec,Waste management,31/02/2027,Jane Doe",
    "Forms desk,Granicus,Forms,2027-03-31,Digital team", ",Nobody,Forms,2027-03-31,Digital team"];
  await page.locator("input[type=file]").setInputFiles({ name: "looking.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) });
  await page.getByRole("button", { name: /upload/i }).click();
  const mapping = new URL(page.url()).pathname;
  if (!mapping.endsWith("/mapping")) { found("import", `after the upload stood ${mapping}`); return []; }
  await page.locator("form button[type=submit], form button.govuk-button").filter({ hasText: /show what would change/i }).click();
  const preview = new URL(page.url()).pathname;
  if (!preview.endsWith("/preview")) { found("import", `after the mapping stood ${preview}`); return [mapping]; }
  return [mapping, preview];
}

// An editor keeps two names as the organisation's own and offers one to the shared list, so that there are an offer and the
// form of another to look at.
async function offerPages(page) {
  const forms = [];
  for (const name of ["Eventbrite", "RouteSmart"]) {
    await page.goto(`${address}/organisations/ashmere/matches`);
    await page.getByRole("link", { name, exact: true }).first().click();
    const own = new URL(page.url());
    await page.locator("input[value=none]").check();
    await page.getByRole("button", { name: /save and show next/i }).click();
    await page.goto(address + own.pathname + own.search);
    const offer = page.getByRole("link", { name: `Offer "${name}" to the shared list` });
    if (await offer.count() === 0) { found("offer", `${own.pathname} has no link to offer ${name}`); return []; }
    forms.push(await offer.getAttribute("href"));
  }
  const [offered, waits] = forms;
  await page.goto(address + offered);
  await page.locator("textarea[name=reason]").fill("Councils sell tickets with it.");
  await page.getByRole("button", { name: /check what would be offered/i }).click();
  await page.getByRole("button", { name: /^offer/i }).click();
  const made = new URL(page.url()).pathname;
  if (!made.includes("/offers/")) found("offer", `after offering stood ${made}`);
  return [waits, made];
}

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const linked = new Set();
const followed = new Set();
const followedOf = new Map();
let pages = 0;

async function visitAs(reader) {
  const context = await browser.newContext();
  const plain = await browser.newContext();
  await plain.route(/\/assets\/.*\.js/, (route) => route.abort());
  const [page, plainPage] = [await context.newPage(), await plain.newPage()];
  const queue = [...START, ...(reader.choose ? ["/account"] : ["/choose-role", "/outbox"])];
  if (reader.choose) {
    await become(page, reader.choose);
    await plain.addCookies(await context.cookies());
    if (reader.name !== "supplier") queue.push(...COMPARED);
    if (reader.name === "editor") queue.push(...await importPages(page), ...await offerPages(page));
  }
  const seen = new Map();
  const queued = new Set(queue);
  const targets = new Set();
  while (queue.length > 0) {
    const path = queue.shift();
    const kind = pattern(path);
    const times = seen.get(kind) ?? 0;
    if (times >= OF_A_PATTERN) continue;
    seen.set(kind, times + 1);
    // Every reader sees most pages alike; both widths and both ways are looked at once a pattern and reader.
    const first = times === 0;
    if (!first && reader.brief) continue;
    for (const width of first ? reader.widths ?? WIDTHS : [1280]) {
      const links = await look(page, reader.name, path, width, true, first);
      for (const { link, file } of links) {
        if (!link.startsWith("/") || link.startsWith("/assets/")) continue;
        const target = link.split("#")[0];
        targets.add(target);
        if (file || FILE.test(target) || queued.has(target)) continue;
        queued.add(target);
        queue.push(target);
      }
      if (first && !reader.brief) await look(plainPage, reader.name, path, width, false, false);
    }
  }
  // Links that this reader is the first to see, many of each pattern, followed as this reader: an answer that is no page of ours is a fault.
  for (const target of targets) {
    linked.add(target);
    const kind = pattern(target);
    if (followed.has(target) || (followedOf.get(kind) ?? 0) >= FOLLOWED_OF_A_PATTERN) continue;
    followed.add(target);
    followedOf.set(kind, (followedOf.get(kind) ?? 0) + 1);
    const response = await context.request.get(address + target, { maxRedirects: 0 });
    const status = response.status();
    if (status >= 500 || status === 400) found(target, `a link that answers ${status} to ${reader.name}`);
  }
  const visited = [...seen.values()].reduce((sum, times) => sum + times, 0);
  pages += visited;
  console.log(`${reader.name}: ${visited} pages of ${seen.size} patterns`);
  await context.close();
  await plain.close();
}

// Two at a time: one renders while the other waits for the server.
const waiting = [...READERS];
const work = async () => {
  for (let reader = waiting.shift(); reader; reader = waiting.shift()) await visitAs(reader);
};
await Promise.all([work(), work()]);
await browser.close();
console.log(`${pages} pages, ${looks} looks, ${linked.size} links, ${findings.length} findings`);
process.exit(findings.length > 0 ? 1 : 0);
