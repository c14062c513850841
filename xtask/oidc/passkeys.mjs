// An operator with a passkey in a real browser, whose authenticator is Chromium's virtual one: added, used to sign in and to
// confirm, refused where nobody unlocks it, removed.
//
// node passkeys.mjs COMMONHOLD CHROMIUM SCREENSHOTS. Exit code 1 when anything was found.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

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
const folder = mkdtempSync(join(tmpdir(), "commonhold-passkeys-"));
const ended = [];
process.on("exit", () => {
  for (const end of ended) end();
  rmSync(folder, { recursive: true, force: true });
});

const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
// Browsers have passkeys on localhost, and not for an address by number.
const address = `http://localhost:${port}`;
const run = (...words) => execFileSync(commonhold, words, { cwd: folder, env: environment, encoding: "utf8" });
const invited = () => JSON.parse(run("invite", "j.lee@ashmere.example", "--name", "Jo Lee", "--role", "operator",
  "--organisation", "Ashmere Borough Council", "--address", address, "--json")).link;

const first = invited();
const words = ["serve", "--listen", `127.0.0.1:${port}`, "--address", address, "--operators-need", "passkey"];
const server = spawn(commonhold, words, { cwd: folder, env: environment });
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

const context = await browser.newContext();
const page = await context.newPage();
page.on("console", (message) => { if (message.type() === "error" && !/40[34]|422/.test(message.text())) expect("the console is quiet", false, message.text()); });
page.on("pageerror", (error) => expect("no script fails", false, String(error)));
const devtools = await context.newCDPSession(page);
await devtools.send("WebAuthn.enable");
const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
  options: {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  },
});
const main = async () => (await page.locator("main").innerText()).replace(/\s+/g, " ");
async function looks(name) {
  for (const width of [1280, 375]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `${screenshots}/${name}-${width}.png`, fullPage: true });
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(`${name} fits a telephone`, !wide);
  await page.setViewportSize({ width: 1280, height: 900 });
}
const status = async (path) => (await page.goto(address + path)).status();

// The first sign-in, by a link: whoever runs the copy is asked for a passkey before anything else.
await page.goto(first);
await page.click("main form button");
expect("an operator without a passkey is asked for one", page.url().includes("/account/confirm"), page.url());
await looks("confirm-without-a-passkey");
expect("and runs nothing until then", await status("/operator") === 404);
await page.goto(`${address}/account/confirm`);
await page.click("text=Add a passkey");
for (const kind of ["failed", "known", "needs"]) {
  expect(`nothing is said of ${kind} before anything happened`, !(await page.isVisible(`[data-ch-passkey-${kind}]`)));
}
await looks("add-a-passkey");
await page.click("text=Make a passkey");
await page.waitForURL("**/account/sign-in/passkeys");
expect("a passkey without a name is refused", (await main()).includes("Enter a name for the passkey"), await main());
await looks("add-a-passkey-refused");
await devtools.send("WebAuthn.clearCredentials", { authenticatorId });
await page.fill("#name", "Work telephone");
await page.click("text=Make a passkey");
await page.waitForURL("**/account/sign-in?done=passkey-added");
await looks("ways-in-with-a-passkey");
expect("it is listed", (await main()).includes("Work telephone"), await main());
expect("who has just added one runs the copy", await status("/operator") === 200);
await page.goto(`${address}/account/sign-in`);
await page.click("text=Add a passkey");
await page.fill("#name", "The same device");
await page.click("text=Make a passkey");
await page.waitForSelector("[data-ch-passkey-known]:visible");
expect("the same device is not added twice", (await main()).includes("holds a passkey for you already"), await main());

// Signing in with it: nothing is typed.
await page.goto(`${address}/account`);
await page.click("form[action='/sign-out'] button");
await page.goto(`${address}/sign-in?next=%2Foperator`);
await looks("sign-in-with-a-passkey-offered");
await page.click("text=Sign in with a passkey");
await page.waitForURL("**/operator");
expect("they go on where they wanted to go", (await main()).length > 0);

// Nobody unlocks it: the page says so and can be tried again.
await page.goto(`${address}/account`);
await page.click("form[action='/sign-out'] button");
await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
await page.goto(`${address}/sign-in`);
await page.click("text=Sign in with a passkey");
await page.waitForSelector("[data-ch-passkey-failed]:visible", { timeout: 60_000 });
await looks("no-passkey-was-used");
await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
await page.click("text=Use a passkey");
await page.waitForURL(`${address}/`);
expect("a second try signs in", await status("/account") === 200 && page.url().endsWith("/account"), page.url());

// By a link again: they are led to confirm, may go on without, and are asked when they want to run the copy.
await page.click("form[action='/sign-out'] button");
await page.goto(invited());
await page.click("main form button");
expect("an operator is asked to confirm", page.url().includes("/account/confirm"), page.url());
await looks("confirm-that-it-is-you");
expect("until then they run nothing", await status("/operator") === 404);
await page.goto(`${address}/`);
await page.click("nav >> text=Operator");
await page.click("text=Confirm with a passkey");
await page.waitForURL("**/operator");
expect("having confirmed they run the copy", await status("/operator") === 200);

// A virtual device that counts backwards.
const { credentials: [credential] } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
await devtools.send("WebAuthn.removeCredential", { authenticatorId, credentialId: credential.credentialId });
await devtools.send("WebAuthn.addCredential", { authenticatorId, credential: { ...credential, signCount: 0 } });
await page.goto(`${address}/account/confirm`);
await page.click("text=Confirm with a passkey");
await page.waitForURL("**/account/confirm/passkey");
expect("a copy is refused", (await main()).includes("there may be a copy of it"), await main());
await looks("a-copy-is-refused");

// Removed.
await page.goto(`${address}/account/sign-in`);
await page.click("main >> text=Remove");
await looks("remove-a-passkey");
await page.click("text=Remove passkey");
expect("it is removed", (await main()).includes("The passkey was removed"), await main());
expect("without a passkey they run nothing", await status("/operator") === 404);

// Without scripts the page says what is needed.
const plain = await browser.newContext({ javaScriptEnabled: false });
const without = await plain.newPage();
await without.goto(`${address}/sign-in`);
await without.click("text=Sign in with a passkey");
const said = (await without.locator("main").innerText()).replace(/\s+/g, " ");
expect("without scripts the page says what is needed", said.includes("This needs JavaScript") && !said.includes("Use a passkey"), said);
await without.screenshot({ path: `${screenshots}/without-scripts.png`, fullPage: true });

for (const secret of ["j.lee@ashmere.example", "Jo Lee", "Work telephone"]) {
  expect(`the log does not hold ${secret}`, !log.includes(secret));
}
await browser.close();
console.log(`passkeys: ${looked} checks, ${findings.length} findings`);
process.exit(findings.length > 0 ? 1 : 0);
