// TLS as the outside sees it: which key exchange a real browser, the program's own client and a
// classic one agree on with the viewer, and a classic one with the SMTP listener.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs/promises";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import tls from "node:tls";
import { selfSigned } from "./certificate.mjs";
import {
  Sealpost,
  Sink,
  Smtp,
  browserPage,
  closeBrowser,
  codeOf,
  freePort,
  linkOf,
  open,
  plainLetter,
  submit,
} from "./harness.mjs";

const HYBRID = 0x11ec;
const X25519 = 0x001d;

let sink;
let sealpost;
let wire;
let certificate;
let key;
let count = 0;

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.create({ sink });
  [certificate, key] = await selfSigned(sealpost.folder);
  wire = await Wire.start(sealpost.http);
  sealpost.origin = `https://localhost:${wire.port}`;
  const files = `{ certificate = "cert.pem", key = "key.pem" }`;
  sealpost.environment = {
    SEALPOST__VIEWER__TLS: files,
    SEALPOST__VIEWER__PUBLIC_URL: sealpost.origin,
    SEALPOST__GATEWAY__TLS: files,
  };
  await sealpost.run();
});

after(async () => {
  await closeBrowser();
  await sealpost?.stop();
  wire?.server.close();
  await sink?.stop();
});

/** What lies between everybody and the viewer: passes octets on, and reads the servers' hellos. */
class Wire {
  /** The group of each connection that came as far as the server's hello. */
  groups = [];

  static async start(to) {
    const self = new Wire();
    self.server = net.createServer((near) => {
      const far = net.connect(to, "127.0.0.1");
      near.pipe(far).pipe(near);
      for (const end of [near, far]) end.on("error", () => [near, far].forEach((one) => one.destroy()));
      // What does not begin with a handshake record is a refusal.
      far.once("data", (octets) => octets[0] === 22 && self.groups.push(groupOf(octets)));
    });
    self.port = await freePort();
    await new Promise((done) => self.server.listen(self.port, "127.0.0.1", done));
    return self;
  }
}

/** The group in a server's hello of TLS 1.3 (RFC 8446 §4.1.3, §4.2.8), which is in clear. */
function groupOf(octets) {
  assert.equal(octets[5], 2, "the server's hello");
  let at = 5 + 4 + 2 + 32;
  at += 1 + octets[at] + 2 + 1;
  const end = at + 2 + octets.readUInt16BE(at);
  for (at += 2; at < end; at += 4 + octets.readUInt16BE(at + 2)) {
    if (octets.readUInt16BE(at) === 0x0033) return octets.readUInt16BE(at + 4);
  }
  return undefined;
}

/** Opens an address in the browser; the group it says it has for the page, and the page. */
async function seenByBrowser(origin, url = origin) {
  const page = await browserPage(origin, { ignoreHTTPSErrors: true });
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const groups = new Set();
  session.on("Network.responseReceived", ({ response }) => {
    if (response.url.startsWith(origin)) groups.add(response.securityDetails?.keyExchangeGroup);
  });
  const answer = await page.goto(url);
  assert.ok(answer.ok());
  return { page, groups };
}

/** Connects with Node's TLS, which knows the classic groups only. */
async function classic(options) {
  const socket = tls.connect({ host: "localhost", servername: "localhost", ca: await fs.readFile(certificate), ...options });
  await once(socket, "secureConnect");
  return socket;
}

async function announced() {
  const to = `reader-${++count}@example.com`;
  const raw = plainLetter({ subject: "[secure] results", to, text: "All is well." });
  assert.match(await submit(sealpost.smtp, { to: [to], raw }), /^250 /);
  return { to, link: linkOf(await sink.of("notice", to)) };
}

test("Chromium reads a message, and both halves of its grant come by the hybrid alone", async () => {
  const { to, link } = await announced();
  assert.ok(link.startsWith(sealpost.origin), "the link leads to HTTPS");
  wire.groups = [];
  const { page, groups } = await seenByBrowser(sealpost.origin, link);
  await page.getByRole("button", { name: "Email me a security code" }).click();
  await page.getByRole("textbox", { name: "Security code" }).fill(codeOf(await sink.of("code", to)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { level: 1, name: "results" }).waitFor();
  await page.getByText("All is well.").waitFor();

  assert.deepEqual([...groups], ["X25519MLKEM768"], "what the browser says");
  assert.ok(wire.groups.length > 0);
  assert.ok(wire.groups.every((group) => group === HYBRID), `on the wire: ${wire.groups}`);
  const [cookie] = await page.context().cookies();
  assert.ok(cookie.secure && cookie.httpOnly);
  assert.deepEqual(page.strangers, []);
  assert.deepEqual(page.faults, []);
});

test("the same browser says X25519 where a server knows nothing else", async () => {
  const options = { cert: await fs.readFile(certificate), key: await fs.readFile(key) };
  const server = https.createServer(options, (_, answer) => answer.end("<!doctype html><title>x</title>"));
  const port = await freePort();
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  try {
    const { groups } = await seenByBrowser(`https://localhost:${port}`);
    assert.deepEqual([...groups], ["X25519"]);
  } finally {
    await closeBrowser();
    server.close();
  }
});

test("a recipient at a terminal comes by the hybrid, and only to a certificate that is trusted", async () => {
  const { to, link } = await announced();
  const folder = path.join(sealpost.folder, "read");
  const distrustful = await open(sink, to, link, ["--output", folder]);
  assert.notEqual(distrustful.code, 0);
  assert.match(distrustful.stderr, /cannot be reached/);

  process.env.SSL_CERT_FILE = certificate;
  wire.groups = [];
  try {
    const { code, stderr } = await open(sink, to, link, ["--output", folder]);
    assert.equal(code, 0, stderr);
  } finally {
    delete process.env.SSL_CERT_FILE;
  }
  assert.ok(wire.groups.length > 0 && wire.groups.every((group) => group === HYBRID), `${wire.groups}`);
});

test("a classic client gets X25519 from the viewer, by TLS 1.3 and 1.2", async () => {
  wire.groups = [];
  for (const version of ["TLSv1.3", "TLSv1.2"]) {
    const socket = await classic({ port: wire.port, minVersion: version, maxVersion: version });
    assert.equal(socket.getProtocol(), version);
    assert.equal(socket.getEphemeralKeyInfo().name, "X25519");
    const shown = new X509Certificate(socket.getPeerCertificate().raw).fingerprint256;
    assert.equal(shown, new X509Certificate(await fs.readFile(certificate)).fingerprint256);
    socket.destroy();
  }
  assert.equal(wire.groups[0], X25519, "in the hello of TLS 1.3");
});

test("the viewer answers nothing in clear, nor by TLS that is out of use", async () => {
  const socket = net.connect(sealpost.http, "127.0.0.1");
  socket.end("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const said = [];
  socket.on("data", (octets) => said.push(octets)).on("error", () => {});
  await once(socket, "close");
  assert.ok(!Buffer.concat(said).includes("HTTP/"));
  const old = { port: wire.port, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
  await assert.rejects(classic(old), /alert|version/i);
});

test("pages over TLS have strict transport security, and speak HTTP/1.1 only", async () => {
  const ca = await fs.readFile(certificate);
  const answer = await new Promise((done, failed) => https.get(`${sealpost.origin}/`, { ca }, done).on("error", failed));
  answer.resume();
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers["strict-transport-security"], "max-age=31536000; includeSubDomains");
  const socket = await classic({ port: wire.port, ALPNProtocols: ["h2", "http/1.1"] });
  assert.equal(socket.alpnProtocol, "http/1.1");
  socket.destroy();
});

test("a classic client of the SMTP listener gets X25519 after STARTTLS", async () => {
  const smtp = await Smtp.connect(sealpost.smtp);
  await smtp.say("EHLO client.example.org");
  assert.match(await smtp.say("STARTTLS"), /^220 /);
  const socket = await classic({ socket: smtp.socket });
  assert.equal(socket.getEphemeralKeyInfo().name, "X25519");
  socket.write("EHLO client.example.org\r\n");
  const [greeting] = await once(socket, "data");
  assert.match(greeting.toString(), /^250-secure\.example\.org/);
  socket.destroy();
});
