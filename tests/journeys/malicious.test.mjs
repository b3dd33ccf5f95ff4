// A server that lies: what stands between the browser and the viewer changes what passes. The page
// refuses all of it in one wording, shows nothing of it, and seals replies to the sealed key only.
// Promises K2, B5.

import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import http from "node:http";
import { after, before, test } from "node:test";
import fs from "node:fs/promises";
import * as age from "age-encryption";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, freePort, linkOf, submit } from "./harness.mjs";
import { letter } from "./letters.mjs";

const TEXT = "your appointment is on";
const SUBJECT = "Your appointment on Thursday";
const REFUSED = "This message is damaged or was changed";

let sink;
let sealpost;
let proxy;
let count = 0;
/** (path behind the handle, answer) => answer; set by each attack. */
let attack = (_, answer) => answer;
let passed = [];

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.create({ sink });
  const port = await freePort();
  // Readers come to the proxy only, as they come to an operator's.
  const config = await fs.readFile(sealpost.config, "utf8");
  sealpost.origin = `http://localhost:${port}`;
  await fs.writeFile(sealpost.config, config.replace(/public_url = .*/, `public_url = "${sealpost.origin}"`));
  await sealpost.run();
  proxy = http.createServer((request, response) => void pass(request, response));
  await new Promise((done) => proxy.listen(port, done));
});

after(async () => {
  await closeBrowser();
  proxy?.closeAllConnections();
  proxy?.close();
  await sealpost?.stop();
  await sink?.stop();
});

async function pass(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const options = { host: "127.0.0.1", port: sealpost.http, path: request.url, method: request.method, headers: request.headers };
  const answer = await new Promise((done, fail) => {
    const upstream = http.request(options, async (from) => {
      const octets = [];
      for await (const chunk of from) octets.push(chunk);
      done({ status: from.statusCode, headers: { ...from.headers }, body: Buffer.concat(octets) });
    });
    upstream.on("error", fail).end(body);
  });
  const [, handle, rest] = /^\/api\/v1\/m\/([^/]+)\/(.+)$/.exec(request.url) ?? [];
  passed.push({ method: request.method, rest: rest ?? request.url, body });
  const changed = rest ? attack(rest, answer, { range: request.headers.range, handle }) : answer;
  const headers = { ...changed.headers, "content-length": changed.body.length };
  delete headers["transfer-encoding"];
  response.writeHead(changed.status, headers).end(changed.body);
}

async function announced(to = [`patient-${++count}@example.com`]) {
  const large = Buffer.alloc(300_000, "an attachment over several chunks. ");
  const attachments = [
    { name: "Referral.pdf", type: "application/pdf", octets: Buffer.from("%PDF-1.4\n%%EOF\n") },
    { name: "scan.bin", type: "application/octet-stream", octets: large },
  ];
  assert.match(await submit(sealpost.smtp, { to, raw: letter({ to: to.join(", "), attachments }) }), /^250 /);
  return Promise.all(to.map(async (address) => ({ to: address, link: linkOf(await sink.of("notice", address)) })));
}

/** Up to the answer to the code: the message, or the page that refuses it. */
async function arrivedAt(message, prepare) {
  const page = await browserPage(sealpost.origin);
  if (prepare) await page.addInitScript(prepare);
  await page.goto(message.link);
  await page.getByRole("button", { name: "Email me a security code" }).click();
  await page.getByRole("textbox", { name: "Security code" }).fill(codeOf(await sink.of("code", message.to)));
  await page.getByRole("button", { name: "Continue" }).click();
  return page;
}

const opened = (page) => page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();

/** Opens a message honestly, and keeps what the server said of it. */
async function recorded(message, prepare) {
  const kept = {};
  attack = (rest, answer) => {
    if (["grant", "view.age"].includes(rest)) kept[rest] = answer;
    return answer;
  };
  const page = await arrivedAt(message, prepare);
  await opened(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download a copy" }).click()]);
  await download.path();
  attack = (_, answer) => answer;
  return { page, ...kept, content: await contentOf(page), grant: JSON.parse(kept.grant.body) };
}

/** The whole sealed content, as the session of a page gets it: the page itself asks for ranges. */
async function contentOf(page) {
  const octets = await page.evaluate(async () => {
    const answer = await fetch(`/api/v1${location.pathname}/message.age`);
    return [...new Uint8Array(await answer.arrayBuffer())];
  });
  return Buffer.from(octets);
}

const json = (answer, change) => ({ ...answer, body: Buffer.from(JSON.stringify({ ...JSON.parse(answer.body), ...change })) });
const replaced = (answer, body) => ({ ...answer, body });
const flipped = (octets, at) => {
  const out = Buffer.from(octets);
  out[at < 0 ? out.length + at : at] ^= 1;
  return out;
};
const only = (name, change) => (rest, answer, more) => (rest === name && answer.status < 300 ? change(answer, more) : answer);
const both = (...attacks) => (rest, answer, more) => attacks.reduce((said, one) => one(rest, said, more), answer);
const view = (change) => only("view.age", (answer) => replaced(answer, change(answer.body)));
const message = (change) => only("message.age", (answer) => replaced(answer, change(answer.body)));
const grant = (change) => only("grant", (answer) => json(answer, change));

/** A view by who does not know the message identity: sealed to a key of the attacker's own. */
async function forgedView(change) {
  const identity = await age.generateHybridIdentity();
  const sealer = new age.Encrypter();
  sealer.addRecipient(await age.identityToRecipient(identity));
  return Buffer.from(await sealer.encrypt(JSON.stringify({ format: 1, ...change })));
}

let uniform;

/** The page that refuses, word for word the same each time. */
async function refuses(page, name) {
  await page.getByRole("heading", { name: REFUSED }).waitFor().catch((error) => {
    throw new Error(`${name}: not refused`, { cause: error });
  });
  await page.getByText("We have told the sender.").waitFor();
  const words = (await page.locator("main").innerText()).replace(/[0-9A-Z]{3}-[0-9A-Z]{4}/g, "REFERENCE");
  uniform ??= words;
  assert.equal(words, uniform, name);
  const everything = await page.content();
  for (const word of [TEXT, SUBJECT, "Referral", "scan.bin"]) assert.ok(!everything.includes(word), `${name}: ${word}`);
  assert.equal(await page.locator("iframe").count(), 0, name);
  assert.equal(await page.getByRole("button", { name: "Reply securely" }).count(), 0, name);
}

const rows = [];
const row = (name, outcome) => rows.push([name, outcome]);

test("a proxy that changes nothing lets the journey through (negative control)", async () => {
  const [one] = await announced();
  const { page } = await recorded(one);
  await page.getByRole("button", { name: "Reply securely" }).first().click();
  await page.getByRole("textbox", { name: "Your message" }).fill("Thank you");
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
  assert.match((await sink.of("reply", "clinic@example.org")).parsed.text, /^Thank you/);
  row("nothing changed", "read and answered");
});

test("whatever is wrong before the message is shown, nothing of it is", async () => {
  const [mine, colleague] = await announced(["pair-1@example.com", "pair-2@example.com"]);
  const [older] = await announced([mine.to]);
  // The older one's notice is the second to this mailbox.
  older.link = linkOf(await sink.of("notice", mine.to, 1));
  const theirs = await recorded(colleague);
  const old = await recorded(older);
  const forged = await Promise.all(
    [{ parts: [{ name: "Invoice.pdf" }] }, { parts: [] }, { parts: [{ name: "scan.bin" }, { name: "Referral.pdf" }] }, { reply: { recipient: "age1attacker", to: ["attacker@example.net"] } }].map(forgedView),
  );
  const attacks = [
    ["view of another recipient of the same message", view(() => theirs["view.age"].body)],
    ["grant of another recipient", only("grant", (answer) => json(answer, { ...theirs.grant, csrf: undefined }))],
    ["grant and view of another recipient", both(only("grant", (answer) => json(answer, { ...theirs.grant, csrf: JSON.parse(answer.body).csrf })), view(() => theirs["view.age"].body))],
    ["an older message's view", both(grant({ view_size: old["view.age"].body.length }), view(() => old["view.age"].body))],
    ["an older message whole: grant, view, content", both(only("grant", (answer) => json(answer, { ...old.grant, csrf: JSON.parse(answer.body).csrf })), view(() => old["view.age"].body), message(() => old.content))],
    ["an older share", grant({ share: old.grant.share })],
    ["a share of zeros", grant({ share: "A".repeat(43) })],
    ["a share that is none", grant({ share: "nonsense" })],
    ["another message id", grant({ message_id: old.grant.message_id })],
    ["another recipient id", grant({ recipient_id: theirs.grant.recipient_id })],
    ["another profile", grant({ profile: "x25519" })],
    ["another size of the message", grant({ message_size: 1 })],
    ["view cut short", view((octets) => octets.subarray(0, -1))],
    ["view cut short, and its size with it", (rest, answer) => (rest === "grant" ? json(answer, { view_size: JSON.parse(answer.body).view_size - 1 }) : view((octets) => octets.subarray(0, -1))(rest, answer))],
    ["view emptied", view(() => Buffer.alloc(0))],
    ["view with an octet more", view((octets) => Buffer.concat([octets, Buffer.from("x")]))],
    ["a bit of the view's header", view((octets) => flipped(octets, 100))],
    ["a bit of the view's body", view((octets) => flipped(octets, -40))],
    ["the view's last bit", view((octets) => flipped(octets, -1))],
    ...["attachments renamed", "attachments dropped", "attachments in another order", "reply key and address put in"].map((what, n) => [`view sealed anew: ${what}`, both(grant({ view_size: forged[n].length }), view(() => forged[n]))]),
  ];
  for (const [name, change] of attacks) {
    const [victim] = await announced();
    attack = change;
    passed = [];
    const page = await arrivedAt(victim);
    await refuses(page, name);
    assert.ok(!passed.some(({ rest }) => rest.startsWith("replies")), `${name}: no reply`);
    row(name, "refused, nothing shown");
    await page.context().close();
    attack = (_, answer) => answer;
  }
});

test("whatever is wrong with what is fetched later, it is refused and the page forgets", async () => {
  const [older] = await announced();
  const old = await recorded(older);
  const chunks = (octets, order) => {
    // Past the header: sixteen octets of nonce, then chunks of 64 KiB and a tag.
    const start = octets.length - (octets.length % 65_552);
    const head = octets.subarray(0, octets.length - start);
    return Buffer.concat([head, ...order.map((n) => octets.subarray(head.length + n * 65_552, head.length + (n + 1) * 65_552))]);
  };
  // Whatever is asked for comes from the changed file, as if that were the one that is kept.
  let content;
  const whole = (change) => only("message.age", (answer, { range }) => {
    const changed = change(content);
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [null, 0, ""];
    const body = changed.subarray(Number(first), last === "" ? undefined : Number(last) + 1);
    if (answer.status !== 206) return replaced(answer, body);
    if (body.length === 0) return { ...replaced(answer, body), status: 416 };
    const about = `bytes ${first}-${Number(first) + body.length - 1}/${changed.length}`;
    return { ...replaced(answer, body), headers: { ...answer.headers, "content-range": about } };
  });
  const attacks = [
    ["content of another message", "copy", whole(() => old.content)],
    ["content cut short", "copy", whole((octets) => octets.subarray(0, -20))],
    ["a bit of the content", "copy", whole((octets) => flipped(octets, 150_000))],
    ["the content's chunks in another order", "copy", whole((octets) => chunks(octets, [1, 0, 2, 3, 4, 5]))],
    ["a bit of an attachment's range", "part", whole((octets) => flipped(octets, octets.length >> 1))],
    ["another range of the same content", "part", only("message.age", (answer, { range }) => (/^bytes=0-/.test(range) ? answer : { ...answer, headers: { ...answer.headers, "content-range": answer.headers["content-range"]?.replace(/bytes (\d+)/, (_, n) => `bytes ${Number(n) + 1}`) } }))],
    ["another message's range", "part", only("message.age", (answer, { range }) => {
      const found = /^bytes=(\d+)-(\d+)$/.exec(range ?? "");
      const body = found ? old.content.subarray(Number(found[1]), Number(found[2]) + 1) : old.content;
      return body.length === answer.body.length ? replaced(answer, body) : replaced(answer, flipped(answer.body, 0));
    })],
  ];
  for (const [name, kind, change] of attacks) {
    const [victim] = await announced();
    const page = await arrivedAt(victim);
    await opened(page);
    content = await contentOf(page);
    attack = change;
    passed = [];
    const saved = [];
    page.on("download", (download) => saved.push(download));
    const scan = page.getByRole("listitem").filter({ hasText: "scan" }).getByRole("button", { name: /Download/ });
    await (kind === "copy" ? page.getByRole("button", { name: "Download a copy" }) : scan).click();
    await refuses(page, name);
    assert.equal(saved.length, 0, `${name}: nothing was saved`);
    row(name, "refused, nothing saved, page forgets");
    await page.context().close();
    attack = (_, answer) => answer;
  }
});

test("a reply key and address from outside the view are never used", async () => {
  const [victim] = await announced();
  const identity = await age.generateHybridIdentity();
  const recipient = await age.identityToRecipient(identity);
  const lies = { recipient, key_id: "00".repeat(16), to: ["attacker@example.net"] };
  attack = (rest, answer) => {
    if (!["grant", "summary", "verify"].includes(rest)) return answer;
    const said = JSON.parse(answer.body);
    return json(answer, { ...lies, reply: { ...said.reply, ...lies }, reply_to: lies.to, reply_recipient: recipient });
  };
  passed = [];
  const page = await arrivedAt(victim);
  await opened(page);
  await page.getByRole("button", { name: "Reply securely" }).first().click();
  assert.ok(!(await page.locator("main").innerText()).includes("attacker"));
  await page.getByRole("textbox", { name: "Your message" }).fill("For the clinic only");
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
  attack = (_, answer) => answer;
  const parts = passed.filter(({ rest }) => /^replies\/[^/]+\/parts\//.test(rest));
  assert.ok(parts.length > 0);
  const key = new age.Decrypter();
  key.addIdentity(identity);
  for (const { body } of parts) {
    assert.match(body.toString("latin1", 0, 21), /^age-encryption\.org/);
    await assert.rejects(key.decrypt(body), "sealed to the attacker");
  }
  assert.match((await sink.of("reply", "clinic@example.org", 1)).parsed.text, /^For the clinic only/);
  assert.equal(sink.mails.filter((mail) => mail.to.includes("attacker@example.net")).length, 0);
  row("reply key, reply address beside the view", "ignored; sealed to the view's key");
});

test("made-up later messages are a hint to look into the mailbox at most, and no words of the server's", async () => {
  const [victim] = await announced();
  const good = { day: "2026-12-03", reference: "K7Q-4MDX" };
  const bad = [
    { ...good, reference: "Phone 0900 123 4567" },
    { ...good, day: "Your account is locked" },
    { ...good, reference: "<a href=https://evil.example>" },
    "https://evil.example",
    null,
  ];
  attack = only("later", (answer) => json(answer, { messages: [...bad, { ...good, link: "https://evil.example", subject: "Urgent" }], subject: "Urgent" }));
  const page = await arrivedAt(victim);
  await opened(page);
  const region = page.getByRole("region", { name: "Later in this conversation" });
  await region.waitFor();
  assert.deepEqual(await region.getByRole("listitem").allTextContents(), ["A message was sent to this mailbox on 3 December 2026, reference K7Q-4MDX"]);
  const all = await page.content();
  for (const word of ["0900", "evil.example", "Urgent", "locked"]) assert.ok(!all.includes(word), word);
  // Nothing of it is where the message's own words are: they come out of the view alone.
  assert.equal(await page.locator("article").getByText("K7Q-4MDX").count(), 0);
  assert.equal(await region.locator("a, button, img").count(), 0);
  await page.context().close();
  attack = (_, answer) => answer;
  row("later messages that there are not", "a day and a reference, apart from the message; all else left out");
});

test("copies of replies that are changed or exchanged are not shown, and the message stands", async () => {
  const [mine, colleague] = await announced(["copies-1@example.com", "copies-2@example.com"]);
  const [older] = await announced([mine.to]);
  older.link = linkOf(await sink.of("notice", mine.to, 1));
  const answer = async (page, text) => {
    await page.getByRole("button", { name: "Reply securely" }).click();
    await page.getByRole("textbox", { name: "Your message" }).fill(text);
    await page.getByRole("button", { name: "Send reply" }).click();
    await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
    await page.getByRole("button", { name: "Back to the message" }).click();
    await opened(page);
  };
  /** The same tab, on a device that has kept nothing. */
  const again = async (page) => {
    const here = page.url();
    await page.goto(`${sealpost.origin}/genuine`);
    await page.evaluate(() => new Promise((done, fail) => Object.assign(indexedDB.deleteDatabase("sealpost"), { onsuccess: done, onblocked: fail, onerror: fail })));
    await page.goto(here);
    await opened(page);
  };
  const thread = (page) => page.getByRole("region", { name: "Your replies" });
  const papers = (page) => thread(page).locator(".paper").allTextContents();
  const copiesOf = async (page) => {
    const kept = [];
    attack = (rest, said) => {
      if (rest.startsWith("sent/")) kept.push({ rest, body: said.body });
      return said;
    };
    await again(page);
    await thread(page).waitFor();
    attack = (_, said) => said;
    return kept;
  };
  const theirs = await arrivedAt(colleague);
  await opened(theirs);
  await answer(theirs, "From the other recipient");
  const [foreign] = await copiesOf(theirs);
  const before = await arrivedAt(older);
  await opened(before);
  await answer(before, "To the older message");
  const [old] = await copiesOf(before);
  // Codes to one mailbox are bound to their link: the older message's page asked for the first one.
  const page = await browserPage(sealpost.origin);
  await page.goto(mine.link);
  await page.getByRole("button", { name: "Email me a security code" }).click();
  await page.getByRole("textbox", { name: "Security code" }).fill(codeOf(await sink.of("code", mine.to, 1)));
  await page.getByRole("button", { name: "Continue" }).click();
  await opened(page);
  await answer(page, "The first");
  await answer(page, "The second");
  const [first, second] = await copiesOf(page);
  assert.deepEqual(await papers(page), ["The first", "The second"], "negative control");
  const listed = (change) => (rest, said) => (rest === "sent" ? replaced(said, Buffer.from(JSON.stringify({ replies: change(JSON.parse(said.body).replies) }))) : said);
  const copy = (body) => both(
    listed((all) => all.map((one) => (first.rest.endsWith(one.reply_id) ? { ...one, size: body.length } : one))),
    (rest, said) => (rest === first.rest ? { ...said, status: 200, body } : said),
  );
  for (const [name, change] of [
    ["another recipient's copy of the same message", copy(foreign.body)],
    ["a copy of the older message's", copy(old.body)],
    ["the copy of another reply", copy(second.body)],
    ["a bit of a copy", copy(flipped(first.body, -30))],
    ["a copy cut short", copy(first.body.subarray(0, -1))],
    ["a copy emptied", copy(Buffer.alloc(0))],
    ["another recipient's reply put into the list", both(
      listed((all) => all.map((one) => (first.rest.endsWith(one.reply_id) ? { ...one, reply_id: foreign.rest.slice(5), size: foreign.body.length } : one))),
      (rest, said) => (rest === foreign.rest ? { status: 200, headers: { "content-type": "application/octet-stream" }, body: foreign.body } : said),
    )],
  ]) {
    attack = change;
    await again(page);
    await thread(page).getByText("Some of what you sent cannot be shown here").waitFor();
    assert.deepEqual(await papers(page), ["The second"], name);
    assert.ok(!(await page.content()).includes("From the other recipient"), name);
    attack = (_, said) => said;
    row(name, "not shown, said in a sentence; the message stands");
  }
  // What the server keeps back is missing; what it says twice is there once.
  attack = listed((all) => [...all, ...all]);
  await again(page);
  await thread(page).waitFor();
  assert.deepEqual(await papers(page), ["The first", "The second"]);
  attack = (_, said) => said;
  row("the list of copies said twice", "each shown once");
});

test("a grant said again for a closed session opens nothing", async () => {
  const [victim] = await announced();
  const { page, grant: kept } = await recorded(victim);
  await page.context().clearCookies();
  await page.reload();
  attack = (rest, answer) => (rest === "grant" ? { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(kept)) } : answer);
  await page.reload();
  // The server still asks for the session of this browser for every octet.
  await page.getByRole("button", { name: "Email me a security code" }).waitFor();
  assert.ok(!(await page.content()).includes(TEXT));
  attack = (_, answer) => answer;
  row("a grant replayed without its session", "asks for a code, nothing shown");
});

/** Keeps what page and worker say to each other. */
function listening() {
  globalThis.said = [];
  globalThis.asked = [];
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => globalThis.said.push(data));
    }
    postMessage(message, ...more) {
      globalThis.asked.push(message);
      super.postMessage(message, ...more);
    }
  };
}

test("keys live in the worker only", async () => {
  const [victim] = await announced();
  const { page, grant: kept } = await recorded(victim, listening);
  const [said, asked] = await page.evaluate(() => [globalThis.said.length, JSON.stringify(globalThis.asked)]);
  assert.ok(said > 3 && asked.includes(victim.link.split("#")[1]), "the wire to the worker is listened to");
  const secret = Buffer.from(victim.link.split("#1.")[1], "base64url");
  const uuid = (text) => Buffer.from(text.replaceAll("-", ""), "hex");
  const lp = (octets) => Buffer.concat([Buffer.from([octets.length >> 8, octets.length & 255]), octets]);
  const context = Buffer.concat([lp(Buffer.from("sealpost/v1")), lp(uuid(kept.message_id)), lp(uuid(kept.recipient_id))]);
  const derive = (label) => Buffer.from(hkdfSync("sha256", secret, "", Buffer.concat([Buffer.from(label), context]), 32));
  const pad = derive("split");
  const seed = Buffer.from(Buffer.from(kept.share, "base64url").map((octet, n) => octet ^ pad[n]));
  const copySeed = Buffer.from(hkdfSync("sha256", Buffer.concat([secret, seed]), "", Buffer.concat([Buffer.from("sent copy"), context]), 32));
  const keys = { "link secret": secret, pad, seed, "copy seed": copySeed, "server share": Buffer.from(kept.share, "base64url"), "reply seed": derive("reply") };

  const devtools = await page.context().newCDPSession(page);
  /** Octets that can be reached from the window, in all that the worker ever said to the page too. */
  const found = () =>
    page.evaluate((wanted) => {
      const hits = new Set();
      const seen = new Set();
      const open = [globalThis];
      const look = (text) => wanted.forEach(([name, octets]) => text.includes(octets) && hits.add(name));
      while (open.length) {
        const one = open.pop();
        if (typeof one === "string") look(one);
        if ((typeof one !== "object" && typeof one !== "function") || one === null || seen.has(one)) continue;
        seen.add(one);
        const octets = ArrayBuffer.isView(one) ? one.buffer : one instanceof ArrayBuffer ? one : null;
        if (octets) {
          let text = "";
          for (const octet of new Uint8Array(octets)) text += String.fromCharCode(octet);
          look(text);
          continue;
        }
        if (one instanceof Map || one instanceof Set) open.push(...one.keys(), ...one.values());
        for (const key of Reflect.ownKeys(one)) {
          try {
            open.push(key, one[key]);
          } catch {
            // A getter of another realm.
          }
        }
        open.push(Object.getPrototypeOf(one));
      }
      return [...hits];
    }, Object.entries(keys).map(([name, octets]) => [name, octets.toString("latin1")]));
  /** Every string of the page's heap. The fragment is there by design, for a phone that throws tabs away. */
  const strings = async () => {
    let heap = "";
    devtools.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => (heap += chunk));
    await devtools.send("HeapProfiler.takeHeapSnapshot", {});
    const { strings: all } = JSON.parse(heap);
    const spelt = Object.entries(keys).filter(([name]) => name !== "link secret").flatMap(([name, octets]) => [[name, octets.toString("base64url")], [name, octets.toString("hex")]]);
    return all.flatMap((text) => [...spelt, ["identity", "AGE-SECRET-KEY-"]].filter(([, form]) => text.includes(form)).map(([name]) => name));
  };
  assert.deepEqual(await found(), []);
  assert.deepEqual(await strings(), []);
  // Negative control: what is planted is found, a string in a closure too.
  await page.evaluate(([octets, text]) => {
    globalThis.planted = new Map([["hidden", { octets: new Uint8Array(octets) }]]);
    const hidden = `${text}!`;
    globalThis.closure = () => hidden;
  }, [[...seed], seed.toString("hex")]);
  assert.deepEqual(await found(), ["seed"]);
  assert.ok((await strings()).includes("seed"));
  row("keys in the page, and in all that the worker told it", "none");
});

test("the table", () => {
  const width = Math.max(...rows.map(([name]) => name.length));
  console.log(rows.map(([name, outcome]) => `${name.padEnd(width)}  ${outcome}`).join("\n"));
  assert.ok(rows.length >= 30);
});
