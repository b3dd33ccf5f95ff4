// A link on its way through mail programs and filters, and the programs that try links before a
// person does. Promises A1, A6, B1.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, linkOf, run, search, filesIn, submit, until } from "./harness.mjs";
import { letter } from "./letters.mjs";

const ASK = "Email me a security code";
const SUBJECT = "Your appointment on Thursday";

let sink;
let sealpost;
let count = 0;
/** A rewriter's own server: sends readers on to what stands in `url=`, in `u=`, or in its own memory. */
let filter;
const kept = new Map();

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink });
  filter = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://filter");
    const location = kept.get(pathname) ?? (pathname === "/v2/url" ? undone(searchParams.get("u")) : searchParams.get("url"));
    response.writeHead(302, { Location: location }).end();
  });
  await new Promise((done) => filter.listen(0, "127.0.0.1", done));
});

after(async () => {
  await closeBrowser();
  filter?.close();
  await sealpost?.stop();
  await sink?.stop();
});

async function announced() {
  const to = `patient-${++count}@example.com`;
  assert.match(await submit(sealpost.smtp, { to: [to], raw: letter({ to }) }), /^250 /);
  const notice = await sink.of("notice", to);
  const link = linkOf(notice);
  const [address, secret] = link.split("#1.");
  const key = /^([0-9A-Z]{4}-){13}[0-9A-Z*~$=]$/m.exec(notice.parsed.text)[0];
  return { to, link, address, secret, key };
}

const codes = (message) => sink.all("code", message.to).length;

/** By filter's address: the browser keeps the fragment over a redirect that has none of its own. */
const through = (location, fragment = "") =>
  `http://127.0.0.1:${filter.address().port}/?url=${encodeURIComponent(location)}&data=05%7C02${fragment}`;

/** By filter's address, which names the host alone: what was there it keeps under a token, as Mimecast does. */
const byToken = (location) => {
  const token = `/s/${"abcdefghij"[kept.size]}C9kmW2`;
  kept.set(token, location);
  return `http://127.0.0.1:${filter.address().port}${token}?domain=localhost`;
};

/** URL Defense v2: `-` for `%`, `_` for `/`; its server undoes it as Proofpoint documents. */
const defenseV2 = (link) => {
  const there = encodeURIComponent(link).replace(/[-_]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll("%2F", "_").replaceAll("%", "-");
  return `http://127.0.0.1:${filter.address().port}/v2/url?u=${there}&d=DwMFaQ&c=abc`;
};
const undone = (there) => decodeURIComponent(there.replaceAll("-", "%").replaceAll("_", "/"));

/** What a rewriter makes of a link; what its reader meets. `key`: the page that asks for the message key. */
const TRANSFORMS = [
  ["as it was sent", ({ link }) => link, "opens"],
  ["# as %23", ({ link }) => link.replace("#", "%23"), "exposed"],
  ["# as %2523", ({ link }) => link.replace("#", "%2523"), "exposed"],
  ["# as %2523, behind a redirect", ({ link }) => through(link.replace("#", "%2523")), "exposed"],
  ["wrapped, joined by a space", ({ address, secret }) => `${address}#1.${secret.slice(0, 20)} ${secret.slice(20)}`, "opens"],
  ["wrapped, without its second line", ({ link }) => link.slice(0, -20), "key"],
  ["wrapped, joined without a space", ({ address, secret }) => `${address}#1.${secret.slice(0, 20)}\n${secret.slice(20)}`, "opens"],
  ["soft line break (=) left in", ({ address, secret }) => `${address}#1.${secret.slice(0, 20)}=${secret.slice(20)}`, "opens"],
  ["soft line break, its line end escaped", ({ address, secret }) => `${address}#1.${secret.slice(0, 20)}=%0D%0A${secret.slice(20)}`, "opens"],
  ["in small letters", ({ link }) => link.toLowerCase(), "key"],
  ["Safe Links, fragment in its parameter", ({ link }) => through(link), "opens"],
  ["Safe Links, fragment behind its own address", ({ address, secret }) => through(address, `#1.${secret}`), "opens"],
  ["Safe Links, fragment dropped", ({ address }) => through(address), "key"],
  ["URL Defense v2, undone by its server", ({ link }) => defenseV2(link), "opens"],
  ["URL Defense v3, its * not undone", ({ link }) => through(link.replace("#", "*")), "exposed"],
  ["Mimecast, by a token", ({ link }) => byToken(link), "opens"],
  ["Mimecast, path escaped once more", ({ link }) => through(link.replace("#", "%23")), "exposed"],
  ["Barracuda, parameters behind", ({ link }) => through(`${link}&c=E,1,abc&typo=1`), "opens"],
  ["full stop behind", ({ link }) => `${link}.`, "opens"],
  ["comma behind", ({ link }) => `${link},`, "opens"],
  ["bracket behind", ({ link }) => `${link})`, "opens"],
  ["> behind", ({ link }) => `${link}>`, "opens"],
  ["quotation mark behind", ({ link }) => `${link}"`, "opens"],
  ["angle brackets escaped behind", ({ link }) => `${link}%3E`, "opens"],
  ["# as &#35;", ({ link }) => link.replace("#", "&#35;"), "opens"],
  ["# as &num;", ({ link }) => link.replace("#", "&num;"), "exposed"],
  ["fragment dropped", ({ address }) => address, "key"],
  ["utm parameters before the fragment", ({ link }) => link.replace("#", "?utm_source=mail&utm_medium=email#"), "opens"],
  ["utm parameters behind the fragment", ({ link }) => `${link}?utm_source=mail`, "opens"],
  ["utm parameters, # escaped", ({ link }) => link.replace("#", "?utm_source=mail%23"), "exposed"],
  ["doubled slash in the path", ({ link }) => link.replace("/m/", "/m//"), "opens"],
  ["doubled slash before the path", ({ link }) => link.replace("/m/", "//m/"), "opens"],
];

test("whatever became of a link, it opens or its page asks for the message key", async () => {
  const rows = [];
  const secrets = [];
  const reported = () => (sealpost.log.match(/a link's secret was exposed on its way/g) ?? []).length;
  for (const [name, transform, wanted] of TRANSFORMS) {
    const message = await announced();
    secrets.push(message.secret);
    const page = await browserPage(sealpost.origin);
    const before = reported();
    await page.goto(transform(message));
    const ask = page.getByRole("button", { name: ASK });
    const field = page.getByRole("textbox", { name: "Message key" });
    await ask.or(field).waitFor();
    const outcome = (await field.isVisible()) ? "key" : (await page.getByText("changed the link on its way").isVisible()) ? "exposed" : "opens";
    assert.equal(outcome, wanted, name);
    if (outcome === "exposed") await until(() => reported() > before, `${name} to be marked`);
    else assert.equal(reported(), before, name);
    if (outcome !== "key") {
      // Mended in place: neither the address bar nor Back shows the secret where servers would see it.
      assert.equal(page.url(), message.link, name);
    } else {
      await field.fill(message.key);
      await page.getByRole("button", { name: "Continue" }).click();
      await ask.waitFor();
    }
    assert.equal(codes(message), 0, name);
    rows.push([name, { opens: "opens", exposed: "opens; reader told, message marked", key: "message key asked for; opens" }[outcome]]);
    await page.context().close();
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  console.log(rows.map(([name, outcome]) => `${name.padEnd(width)}  ${outcome}`).join("\n"));

  // No log line has any of them, however it is spelt.
  for (const secret of secrets) assert.ok(!sealpost.log.includes(secret));
  const some = Object.fromEntries(secrets.slice(0, 6).map((secret, n) => [`secret ${n}`, Buffer.from(secret, "base64url")]));
  const files = (await filesIn(sealpost.folder)).filter((file) => !file.includes("/keys/"));
  assert.deepEqual(await search(files, some), {}, "nothing on disk has one");
});

test("a mended link opens to the end, and the mark is kept", async () => {
  const message = await announced();
  const page = await browserPage(sealpost.origin);
  await page.goto(message.link.replace("#", "%23"));
  await page.getByRole("button", { name: ASK }).click();
  await page.getByRole("textbox", { name: "Security code" }).fill(codeOf(await sink.of("code", message.to)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  const marked = (await run("python3", ["-c", "import sqlite3,sys,glob\nfor f in glob.glob(sys.argv[1]+'/*'):\n  try: print(sqlite3.connect(f).execute('SELECT count(*) FROM grants WHERE exposed_at IS NOT NULL').fetchone()[0])\n  except sqlite3.Error: pass", `${sealpost.folder}/data`])).stdout;
  assert.ok(Number(marked) > 0, "the store has the mark");
});

test("a message key with a wrong symbol is told before anything is asked, and look-alikes are forgiven", async () => {
  const message = await announced();
  const page = await browserPage(sealpost.origin);
  await page.goto(message.address);
  const field = page.getByRole("textbox", { name: "Message key" });
  await field.waitFor();
  // What the page loads by itself has come by then.
  await page.waitForTimeout(1_000);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const next = page.getByRole("button", { name: "Continue" });
  const wrong = (at) => message.key.slice(0, at) + (message.key[at] === "7" ? "8" : "7") + message.key.slice(at + 1);
  for (const typed of ["", "7", wrong(0), wrong(33), wrong(message.key.length - 1), message.key.slice(0, -1), `${message.key}7`]) {
    await field.fill(typed);
    await next.click();
    await page.getByText(typed ? "The message key is not right" : "Enter the message key").first().waitFor();
  }
  assert.deepEqual(asked, [], "nothing was asked");
  const spoken = message.key.toLowerCase().replaceAll("0", "o").replaceAll("1", "I").replaceAll("-", " – ");
  await field.fill(`${spoken}.`);
  await next.click();
  await page.getByRole("button", { name: ASK }).waitFor();
  assert.deepEqual(asked.map((path) => path.split("/").pop()), ["summary"]);
});

test("a whole link can be pasted where the key is asked for", async () => {
  const message = await announced();
  const page = await browserPage(sealpost.origin);
  await page.goto(message.address);
  await page.getByRole("textbox", { name: "Message key" }).fill(`<${message.link.slice(0, -9)}\n> ${message.link.slice(-9)}>`);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: ASK }).waitFor();
});

/** Programs that try a link before its reader does. */
const SCANNERS = [
  ["GET", ({ address }) => fetch(address)],
  ["HEAD", ({ address }) => fetch(address, { method: "HEAD" })],
  ["GET with the secret in the path", ({ link }) => fetch(link.replace("#", "%23"))],
  ["a browser that runs scripts and waits 10 s", (message) => visited(message, (page) => page.waitForTimeout(10_000))],
  [
    "a browser whose script submits every form and presses every button",
    (message) =>
      visited(message, async (page) => {
        for (let round = 0; round < 3; round++) {
          await page.evaluate(() => {
            for (const form of document.forms) form.requestSubmit();
            for (const button of document.querySelectorAll("button, summary, [role=button]")) {
              button.click();
              for (const type of ["pointerdown", "mousedown", "pointerup", "mouseup", "click"]) button.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true }));
              button.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
            }
          });
          await page.waitForTimeout(500);
        }
        await page.getByText("We sent no code").or(page.getByText("Ni anfonwyd cod")).first().waitFor();
      }),
  ],
];

async function visited(message, does) {
  const page = await browserPage(sealpost.origin);
  await page.goto(message.link);
  await page.getByRole("button", { name: ASK }).waitFor();
  await does(page);
  await page.context().close();
}

test("scanners use nothing up and send no code", async () => {
  for (const [name, scan] of SCANNERS) {
    const message = await announced();
    await scan(message);
    assert.equal(codes(message), 0, name);
    const page = await browserPage(sealpost.origin);
    await page.goto(message.link);
    await page.getByRole("button", { name: ASK }).click();
    await page.getByRole("textbox", { name: "Security code" }).fill(codeOf(await sink.of("code", message.to)));
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
    assert.equal(codes(message), 1, name);
    await page.context().close();
    console.log(`${name}: no code; the reader opened it afterwards`);
  }
});

test("a scanner with a hand of its own gets one code sent, and opens nothing", async () => {
  // The limit of what can be told apart: input through the browser's own event queue looks like a
  // person's. It costs a mail to the right mailbox; the code works in the browser that asked only.
  const message = await announced();
  const scanner = await browserPage(sealpost.origin);
  await scanner.goto(message.link);
  await scanner.getByRole("button", { name: ASK }).click();
  const field = scanner.getByRole("textbox", { name: "Security code" });
  await field.fill("12345678");
  await scanner.getByRole("button", { name: "Continue" }).click();
  await scanner.getByText(/tries left/).first().waitFor();
  assert.equal(codes(message), 1);

  const page = await browserPage(sealpost.origin);
  const ask = page.getByRole("button", { name: ASK });
  const code = page.getByRole("textbox", { name: "Security code" });
  await page.goto(message.link);
  await ask.waitFor();
  await until(async () => {
    if (await ask.isEnabled().catch(() => false)) await ask.click({ timeout: 1_000 }).catch(() => {});
    return code.isVisible();
  }, "a code of the reader's own", 60);
  await code.fill(codeOf(await sink.of("code", message.to, 1)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
});
