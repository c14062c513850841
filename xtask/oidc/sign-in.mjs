// Signs people in to the program with providers that really run, in a real browser without JavaScript: PKCE,
// private_key_jwt, accounts that are known, made, added and refused, keys that change, and signing out on both sides.
//
// node sign-in.mjs COMMONHOLD CHROMIUM SCREENSHOTS. Exit code 1 when anything was found.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { newKey, start } from "./provider.mjs";

const [commonhold, executablePath, screenshots] = process.argv.slice(2);
mkdirSync(screenshots, { recursive: true });
const findings = [];
let looked = 0;
function expect(what, holds, more = "") {
  looked += 1;
  if (holds) return;
  findings.push(what);
  console.error(`${what}${more ? `: ${more}` : ""}`);
}

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("COMMONHOLD_")));
const folder = mkdtempSync(join(tmpdir(), "commonhold-sign-in-"));
const ended = [];
process.on("exit", () => {
  for (const end of ended) end();
  rmSync(folder, { recursive: true, force: true });
});

// Waits without blocking: the providers answer from this process.
async function run(...words) {
  return (await promisify(execFile)(commonhold, words, { cwd: folder, env: environment })).stdout;
}

// A port that is free now: addresses must be known before anything is started.
const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const address = `http://127.0.0.1:${port}`;
const key = newKey("commonhold-1");
const back = (id) => `${address}/sign-in/with/${id}/answer`;
const staff = await start({ client: key.public, redirect: back("staff"), home: `${address}/`, like: "keycloak" });
const citizen = await start({ client: key.public, redirect: back("one-login"), home: `${address}/`, like: "one-login" });
ended.push(() => staff.stop(), () => citizen.stop());

writeFileSync(join(folder, "key.pem"), key.pem);
writeFileSync(join(folder, "organisations.csv"), "id,code,name,kind,participating,about\n"
  + "ashmere,,Ashmere Borough Council,council,yes,\nbrackford,,Brackford District Council,council,yes,\n");
writeFileSync(join(folder, "people.csv"), "email,name,organisation,role\n"
  + "estate.editor@ashmere.example,Ashmere estate editor,ashmere,editor\n"
  + "estate.steward@ashmere.example,Ashmere estate steward,ashmere,steward\n");
const proof = 'client_id = "commonhold"\nauthentication = "private_key_jwt"\nkey_file = "key.pem"\nkey_id = "commonhold-1"\nalgorithms = ["ES256"]\n';
writeFileSync(join(folder, "sign-in.toml"), `
[[provider]]
id = "staff"
label = "Council staff"
issuer = "${staff.issuer}"
${proof}
trust_addresses_of = ["ashmere.example", "brackford.example"]

[[provider.rule]]
claim = "groups"
is = "estate-editors"
organisation = "brackford"
role = "editor"

[[provider]]
id = "one-login"
label = "One Login"
issuer = "${citizen.issuer}"
${proof}
scopes = ["openid", "email"]
vtr = ["P0.Cl.Cm"]
claims = '{"id_token": {"vot": null}}'
`);
await run("import", "organisations", "organisations.csv");
await run("import", "people", "people.csv");
const checked = await run("sign-in", "check", "--sign-in", "sign-in.toml", "--address", address);
expect("sign-in check finds both providers good", checked.includes("2 providers, and people can sign in with each."), checked);

const server = spawn(commonhold, ["serve", "--listen", `127.0.0.1:${port}`, "--sign-in", "sign-in.toml", "--log-format", "json"],
  { cwd: folder, env: environment });
ended.push(() => server.kill("SIGKILL"));
let log = "";
server.stderr.on("data", (bytes) => { log += bytes; });
await new Promise((resolve, reject) => {
  server.stdout.on("data", (bytes) => { if (String(bytes).includes("Press Ctrl-C")) resolve(); });
  server.on("exit", () => reject(new Error(`serve ended: ${log}`)));
});

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
ended.push(() => browser.close());

// Somebody with a fresh browser in which scripts are off.
async function somebody() {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const main = async () => (await page.locator("main").innerText()).replace(/\s+/g, " ");
  return { context, page, main };
}

async function typeName(page, name) {
  await page.fill("input[name=login]", name);
  await page.fill("input[name=password]", "any");
  await page.click("button[type=submit]");
}

// Through the provider's own pages, which ask for a name and then for consent, each unless it was given before.
async function through(page, name) {
  for (let step = 0; step < 4 && !page.url().startsWith(address); step += 1) {
    if (await page.locator("input[name=login]").count() > 0) await typeName(page, name);
    else await page.click("button[type=submit]");
  }
}

async function signIn(who, label, name, path = "/sign-in") {
  await who.page.goto(address + path);
  await who.page.click(`text=Sign in with ${label}`);
  await through(who.page, name);
}

async function account(who) {
  const answer = await who.context.request.get(`${address}/account.json`, { maxRedirects: 0 });
  if (answer.status() !== 200) return "visitor";
  const { memberships } = await answer.json();
  return memberships.map((one) => `${one.organisation}/${one.role}`).join(" ") || "nobody";
}

// Somebody who is known by a trusted address, which the provider tells at its userinfo endpoint.
const editor = await somebody();
await editor.page.goto(`${address}/sign-in?next=%2Forganisations`);
await editor.page.screenshot({ path: `${screenshots}/sign-in-with-providers.png`, fullPage: true });
await signIn(editor, "Council staff", "editor", "/sign-in?next=%2Forganisations");
expect("they go on where they wanted to go", editor.page.url() === `${address}/organisations`, editor.page.url());
expect("they are who they were", await account(editor) === "ashmere/editor", await account(editor));
const asked = staff.asked.find((one) => one.path === "/auth" && one.query.state);
expect("PKCE was used", asked?.query.code_challenge_method === "S256" && asked.query.code_challenge.length === 43);
expect("a nonce was sent", asked?.query.nonce?.length === 64);

// Somebody new by a rule; nobody; somebody whose address the provider has not verified.
const newcomer = await somebody();
await signIn(newcomer, "Council staff", "newcomer");
expect("a rule made somebody new", await account(newcomer) === "brackford/editor", await account(newcomer));
for (const name of ["stranger", "unverified"]) {
  const who = await somebody();
  await signIn(who, "Council staff", name);
  expect(`${name} has no access`, (await who.main()).includes("You have no access yet"), await who.main());
  expect(`${name} is a visitor`, await account(who) === "visitor");
  if (name === "stranger") await who.page.screenshot({ path: `${screenshots}/no-access-yet.png`, fullPage: true });
}

// The claim is gone: at the next sign-in the role is too.
staff.groups = ["something-else"];
const again = await somebody();
await signIn(again, "Council staff", "newcomer");
expect("a role goes with its claim", await account(again) === "nobody", await account(again));
staff.groups = null;

// An account of another provider is added, signs in, and says too little the next time.
await editor.page.goto(`${address}/account/sign-in`);
await editor.page.click("text=Add an account at One Login");
expect("a page stands before the provider", (await editor.main()).includes("Use an account that is yours alone"), await editor.main());
await editor.page.screenshot({ path: `${screenshots}/adding-an-account.png`, fullPage: true });
await editor.page.click("text=Continue to One Login");
await through(editor.page, "editor-private");
expect("the account was added", (await editor.main()).includes("The account was added"), await editor.main());
await editor.page.screenshot({ path: `${screenshots}/ways-in.png`, fullPage: true });
const vtr = citizen.asked.find((one) => one.path === "/auth" && one.query.vtr);
expect("the level of confidence was asked for", vtr?.query.vtr === '["P0.Cl.Cm"]', vtr?.query.vtr);
const private_ = await somebody();
await signIn(private_, "One Login", "editor-private");
expect("the added account signs in", await account(private_) === "ashmere/editor", await account(private_));
citizen.weak = true;
const weak = await somebody();
await signIn(weak, "One Login", "editor-private");
expect("too low a level is refused", (await weak.main()).includes("You were not signed in"), await weak.main());
await weak.page.screenshot({ path: `${screenshots}/not-signed-in.png`, fullPage: true });
citizen.weak = false;

// Keys change between two sign-ins, and nobody notices.
staff.rotate();
const after = await somebody();
await signIn(after, "Council staff", "editor");
expect("a new key is found", await account(after) === "ashmere/editor", await after.main());

// An answer works once, and in the browser that asked for it.
const answers = [];
const replay = await somebody();
replay.page.on("request", (request) => { if (request.url().startsWith(back("staff"))) answers.push(request.url()); });
await signIn(replay, "Council staff", "editor");
expect("an answer was seen", answers.length === 1, String(answers.length));
await replay.context.clearCookies();
await replay.page.goto(answers[0]);
expect("an answer is not taken twice", (await replay.main()).includes("You were not signed in"), await replay.main());
expect("and signs nobody in", await account(replay) === "visitor");

// Signing out here, then there: the provider asks for a name again.
await after.page.goto(`${address}/account`);
await after.page.click("form[action='/sign-out'] button");
expect("signing out offers to sign out there", (await after.main()).includes("You may still be signed in at Council staff"), await after.main());
await after.page.screenshot({ path: `${screenshots}/signed-out.png`, fullPage: true });
expect("they are signed out here", await account(after) === "visitor");
await after.page.click("text=Sign out at Council staff too");
await after.page.click("button[value=yes]");
expect("they come back from there", after.page.url() === `${address}/`, after.page.url());
await after.page.goto(`${address}/sign-in`);
await after.page.click("text=Sign in with Council staff");
expect("the provider asks who they are", await after.page.locator("input[name=login]").count() === 1, after.page.url());

// The log says why, and nothing of anybody.
expect("the log says why somebody was refused", log.includes("not authenticated as strongly as was asked for"), log.slice(-2000));
for (const secret of ["estate.editor@ashmere.example", "Nia Newcomer", "editor-private"]) {
  expect(`the log does not hold ${secret}`, !log.includes(secret));
}

await browser.close();
console.log(`${looked} checks, ${findings.length} findings`);
process.exit(findings.length > 0 ? 1 : 0);
