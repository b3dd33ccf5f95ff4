// What people and programs get wrong: configuration, keys, links, HTTP, SMTP. Each is told in one
// line what is wrong, and none harms the running program.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { MIB, Sealpost, Sink, Smtp, plainLetter, linkOf, outcome, program, submit } from "./harness.mjs";

let sink, sealpost;
before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink });
});
after(async () => {
  await sealpost?.stop();
  await sink?.stop();
});

const sealpostWith = (args, env = {}) => outcome(program, args, { env: { ...process.env, ...env }, seconds: 20 });

/** A refusal: its exit code, nothing on standard output, one line that says why. */
function refused({ code, stdout, stderr }, expected, line, what) {
  assert.equal(code, expected, `${what}: ${stderr}`);
  assert.equal(stdout, "", what);
  assert.match(stderr, /^sealpost: [^\n]+\n$/, what);
  assert.match(stderr, line, what);
}

async function healthy(what) {
  const { status } = await fetch(`http://127.0.0.1:${sealpost.health}/health/ready`);
  assert.equal(status, 200, what);
  assert.equal(sealpost.process.exitCode, null, what);
}

/** Puts a line below a table's name. */
const within = (table, line) => [`[${table}]`, `[${table}]\n${line}`];

/** What is done to a good configuration, and what the one line has to say. */
const CONFIGURATIONS = [
  // Keys that do not exist, with a suggestion.
  [["smtp_listen =", "smtp_lisen ="], /line \d+: .*`smtp_lisen`; did you mean `smtp_listen`\?/],
  [["[policy]", "[polcy]"], /line \d+: .*`polcy`; did you mean `policy`\?/],
  [[/custody = .*/, 'custody = { vault = "x" }'], /line \d+: .*`vault`, expected one of `file`, `passphrase`, `systemd`/],
  // Keys that are missing.
  [[/config_version = 1/, ""], /config_version/],
  [[/phone = .*/, ""], /line \d+: missing field `phone`/],
  [[/public_url = .*/, ""], /line \d+: missing field `public_url`/],
  [[/custody = .*/, ""], /line \d+: missing field `custody`/],
  [[/\[store\]\npath = .*/, ""], /missing field `store`/],
  // Values of another type, or out of bounds.
  [[/phone = .*/, "phone = 5"], /line \d+: .*\bphone\b/],
  [[/host = .*\nport = .*/, 'host = "127.0.0.1"\nport = "smtp"'], /line \d+: .*\bport\b/],
  [[/host = .*\nport = .*/, 'host = "127.0.0.1"\nport = 70000'], /line \d+: .*\bport\b/],
  [[/smtp_listen = .*/, 'smtp_listen = "127.0.0.1:25"'], /line \d+: .*\bsmtp_listen\b/],
  [[/smtp_listen = .*/, 'smtp_listen = ["localhost:25"]'], /line \d+: .*\bsmtp_listen\b/],
  [[/networks = .*/, 'networks = ["10.0.0.0/33"]'], /line \d+: .*"10\.0\.0\.0\/33" is not a network/],
  [[/sender_domains = .*/, 'sender_domains = ["exa mple"]'], /line \d+: .*the domain has a character/],
  [[/hostname = .*/, 'hostname = ""'], /line \d+: .*the domain is empty/],
  [[/public_url = .*/, 'public_url = "http://example.org"'], /line \d+: .*must begin with https:\/\//],
  [[/public_url = .*/, 'public_url = "https://example.org/mail"'], /line \d+: .*must end after the host/],
  [[/tls = "none"/, 'tls = "perhaps"'], /line \d+: .*`perhaps`.*`required`, `opportunistic`, `none`/],
  [within("policy", "expiry_days = 0"), /policy\.expiry_days: must be from 1 to 366/],
  [within("policy", "expiry_days = 3\nalert_unread_after_hours = 72"), /policy\.alert_unread_after_hours: must be less than/],
  [within("policy", 'profile = "rsa"'), /line \d+: .*profile must be "mlkem768x25519" or "x25519"/],
  [within("policy", 'trusted_domains = ["*.*.uk"]'), /line \d+: .*`\*` may only stand/],
  [within("policy", 'tags = ["[]"]'), /policy\.tags: /],
  [[/config_version = 1/, "config_version = 2"], /config_version: this program reads version 1/],
  // What is not safe.
  [[/host = .*/, 'host = "relay.example.org"'], /gateway\.relay\.tls: "none" is allowed only .* loopback/],
  [[/smtp_listen = .*/, 'smtp_listen = ["0.0.0.0:2525"]'], /gateway\.tls: is needed/],
  [[/networks = .*/, "networks = []"], /gateway\.submit\.networks: is empty/],
  [[/name = .*/, 'name = " "'], /organisation\.name: is empty/],
  [[/file = "root.key"/, 'file = "keys/root.key"'], /keystore\.custody: its file lies beside what it seals/],
  [['tls = "none"', 'tls = "required"\nauthority = "no.pem"'], /gateway\.relay\.authority: /],
  [[/\[gateway.submit\]/, 'tls = { certificate = "no.pem", key = "no.pem" }\n[gateway.submit]'], /gateway\.tls\.certificate: .*no\.pem/],
  // No TOML.
  [["[viewer]", "[viewer"], /line \d+: /],
  [[/^/, "\u0000"], /line 1: /],
];

test("a wrong configuration stops the start with one line that names key, place and remedy", async () => {
  const good = await fs.readFile(sealpost.config, "utf8");
  const file = path.join(sealpost.folder, "wrong.toml");
  for (const [[from, to], line] of CONFIGURATIONS) {
    const wrong = good.replace(from, to);
    assert.notEqual(wrong, good, `nothing to replace: ${from}`);
    await fs.writeFile(file, wrong);
    refused(await sealpostWith(["run", "--config", file]), 3, line, to);
  }
  for (const [what, named, line] of [
    ["a file that is not there", path.join(sealpost.folder, "none.toml"), /none\.toml: No such file/],
    ["a folder", sealpost.folder, /Is a directory/],
  ]) {
    refused(await sealpostWith(["run", "--config", named]), 3, line, what);
  }
  await healthy("all that happened to other processes");
});

test("the environment overrides the file, and is named when it is wrong", async () => {
  const effective = async (env) => {
    const { code, stdout, stderr } = await sealpostWith(["--json", "--config", sealpost.config, "config", "print-effective"], env);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const { gateway, organisation, policy } = await effective({
    SEALPOST__GATEWAY__RELAY__PORT: "2599",
    SEALPOST__GATEWAY__SMTP_LISTEN: '["127.0.0.1:2500", "[::1]:2500"]',
    SEALPOST__ORGANISATION__NAME: "Another Trust",
    SEALPOST__POLICY__EXPIRY_DAYS: "7",
  });
  assert.equal(gateway.relay.port, 2599);
  assert.deepEqual(gateway.smtp_listen, ["127.0.0.1:2500", "[::1]:2500"]);
  assert.equal(organisation.name, "Another Trust");
  assert.equal(policy.expiry_days, 7);
  assert.equal((await effective()).organisation.name, "Example Trust");

  for (const [variable, value, line] of [
    ["SEALPOST__GATEWAY__RELAY__PORT", "many", /SEALPOST__GATEWAY__RELAY__PORT/],
    ["SEALPOST__GATEWAY__RELAY__PROT", "25", /SEALPOST__GATEWAY__RELAY__PROT.*`prot`; did you mean `port`\?/],
    ["SEALPOST__GATEWAY__RELAY__PORT__DEEPER", "25", /SEALPOST__GATEWAY__RELAY__PORT__DEEPER: goes below/],
    ["SEALPOST__", "25", /SEALPOST__: names no key/],
  ]) {
    refused(await sealpostWith(["run", "--config", sealpost.config], { [variable]: value }), 3, line, variable);
  }
});

test("keys that are missing, damaged, doubled or open to others stop the start, and none is made", async (t) => {
  const other = await Sealpost.create({ sink });
  t.after(() => fs.rm(other.folder, { recursive: true }));
  const inside = (...names) => path.join(other.folder, ...names);
  const ring = inside("keys", "keyring.toml");
  const change = async (file) => {
    const octets = await fs.readFile(file);
    const at = octets.length - 12;
    octets[at] = octets[at] === 65 ? 66 : 65;
    await fs.writeFile(file, octets);
  };
  const HEAD = "[[key]]\n";
  /** Writes the ring anew out of the rows of its keys. */
  const rewrite = async (make) => {
    const [front, ...rows] = (await fs.readFile(ring, "utf8")).split(HEAD);
    await fs.writeFile(ring, [front, ...make(rows)].join(HEAD));
  };
  const { stdout } = await other.command("--json", "keys", "list");
  const purposes = [...new Set(JSON.parse(stdout).map((key) => key.purpose))];
  assert.equal(purposes.length, 9);
  const of = (purpose) => (row) => row.startsWith(`purpose = "${purpose}"`);
  const wrong = /keyring\.toml (was sealed under another root secret|is not a whole key file)/;
  const each = purposes.flatMap((purpose) => [
    [`no ${purpose} key`, () => rewrite((rows) => rows.filter((row) => !of(purpose)(row))), wrong],
    [
      `a changed ${purpose} key`,
      () => rewrite((rows) => rows.map((row) => (of(purpose)(row) ? row.replace(/(secret = "..........)./, (_, kept) => `${kept}_`) : row))),
      wrong,
    ],
    [
      `a ${purpose} key that is called retired`,
      () => rewrite((rows) => rows.map((row) => (of(purpose)(row) ? row.replace("active", "retired") : row))),
      wrong,
    ],
  ]);
  for (const [what, damage, line] of [
    ["an open root secret", () => fs.chmod(inside("root.key"), 0o644), /root\.key is open to other users \(mode 0644\); run `chmod 0600`/],
    ["no root secret", () => fs.rm(inside("root.key")), /root\.key is missing; restore/],
    ["a short root secret", () => fs.truncate(inside("root.key"), 30), /root\.key is not a whole key file/],
    ["another root secret", () => change(inside("root.key")), /was sealed under another root secret/],
    ["no keys", () => fs.rm(inside("keys"), { recursive: true }), /keys is missing; restore/],
    ["no ring", () => fs.rm(ring), /keyring\.toml is missing; restore/],
    ["an open folder", () => fs.chmod(inside("keys"), 0o755), /keys is open to other users \(mode 0755\); run `chmod 0750`/],
    ["an open ring", () => fs.chmod(ring, 0o644), /keyring\.toml is open to other users \(mode 0644\)/],
    ["a short ring", () => fs.truncate(ring, 1000), /keyring\.toml is not a whole key file/],
    ["an empty ring", () => fs.truncate(ring, 0), /keyring\.toml is not a whole key file/],
    ["a key twice", () => rewrite((rows) => [...rows, rows[3]]), /keyring\.toml is not a whole key file: it holds key \S+ twice/],
    ["two keys changed about", () => rewrite(([first, second, ...rows]) => [second, first, ...rows]), wrong],
    ["the ring of another keystore", async () => {
      const stranger = await Sealpost.create({ sink });
      await fs.copyFile(path.join(stranger.folder, "keys/keyring.toml"), ring);
      await fs.rm(stranger.folder, { recursive: true });
    }, /keyring\.toml was sealed under another root secret/],
    ...each,
  ]) {
    await fs.cp(other.folder, `${other.folder}.copy`, { recursive: true });
    try {
      await damage();
      const before = await fs.readdir(other.folder, { recursive: true });
      refused(await sealpostWith(["run", "--config", other.config]), 78, line, what);
      assert.deepEqual(await fs.readdir(other.folder, { recursive: true }), before, `${what}: files were made`);
    } finally {
      await fs.rm(other.folder, { recursive: true });
      await fs.rename(`${other.folder}.copy`, other.folder);
    }
  }
});

test("what is no link is told so, and asks nobody", async () => {
  const handle = "0123456789abcdefghjkmnpqr0";
  const secret = "A".repeat(43);
  const whole = `https://secure.example.org/m/${handle}#1.${secret}`;
  for (const link of [
    "",
    "hello",
    "https://secure.example.org/",
    `https://secure.example.org/m/${handle}`,
    `https://secure.example.org/m/${handle}#`,
    `https://secure.example.org/m/${handle}#1.`,
    `${whole}A`,
    whole.slice(0, -1),
    whole.replace("#1.", "#2."),
    whole.replace("#1.", "#x."),
    whole.replace(handle, "short"),
    whole.replace(handle, `${handle}/../x`),
    whole.replace("https:", "ftp:"),
    whole.replace("https:", "file:"),
    // In clear over a network a code and a server share could be read by others.
    whole.replace("https:", "http:"),
    whole.replace(secret, `${secret.slice(1)}!`),
    `\u0000${whole}`.slice(1, 20),
  ]) {
    refused(await sealpostWith(["open", link, "--code", "00000000"]), 2, /link/, link);
  }
  const keys = ["", "0000", "U".repeat(53), "0".repeat(53).replace(/0$/, "Z")];
  for (const key of keys) {
    const answer = await sealpostWith(["open", whole.split("#")[0], "--message-key", key]);
    refused(answer, 2, /message key/, key);
  }
  const bare = whole.split("#")[0].replace("https:", "file:");
  const key = `${"0000-".repeat(13)}0`;
  refused(await sealpostWith(["open", bare, "--message-key", key]), 2, /link/, bare);
});

test("policy explain says for a file what becomes of it, recipient by recipient", async () => {
  const file = path.join(sealpost.folder, "explained.eml");
  const to = "patient@example.com>, <clerk@x.gov.uk>, <colleague@example.org";
  const explain = async (subject, ...args) => {
    await fs.writeFile(file, plainLetter({ subject, to }));
    const answer = await sealpostWith(["--json", "--config", sealpost.config, "policy", "explain", file, ...args]);
    assert.equal(answer.code, 0, answer.stderr);
    const { tagged, recipients } = JSON.parse(answer.stdout);
    return [tagged, ...recipients.map(({ action }) => action.split(/[ ,]/)[0])];
  };
  assert.deepEqual(await explain("=?utf-8?q?Re=3A_=5BSecure=5D_r=C3=A9sultats?="), [true, "sealed", "relayed", "relayed"]);
  assert.deepEqual(await explain("results [secure]"), [true, "sealed", "relayed", "relayed"]);
  assert.deepEqual(await explain("results"), [false, "relayed", "relayed", "relayed"]);
  assert.deepEqual(await explain("[secure]", "--to", "a@gov.uk", "--to", "b@evilgov.uk"), [true, "sealed", "sealed"]);
  assert.deepEqual(await explain("[secrue] results"), [true, "sealed", "relayed", "relayed"]);
  const told = async (mail) => {
    await fs.writeFile(file, `To: <patient@example.com>\r\n${mail}`);
    const plain = await sealpostWith(["--config", sealpost.config, "policy", "explain", file]);
    const json = await sealpostWith(["--json", "--config", sealpost.config, "policy", "explain", file]);
    assert.equal(plain.code, 0, plain.stderr);
    assert.doesNotMatch(plain.stdout + plain.stderr + json.stdout + json.stderr, /943.?476|5919/);
    const { sealed, advice, trigger } = JSON.parse(json.stdout);
    return [sealed, trigger, ...advice, /^The sender is told: (.*)$/m.exec(plain.stdout)?.[1].split(",")[0]];
  };
  for (const [mail, ...expected] of [
    ["Subject: [secure] x\r\n\r\n", true, null, undefined],
    ["Subject: [ѕеcurе] x\r\n\r\n", true, null, "near-miss", "the subject nearly has the tag"],
    ["Subject: x\r\nX-Sealpost: secure\r\n\r\n", true, 'X-Sealpost is "secure"', undefined],
    ["Subject: x\r\n\r\nabout 943 476 5919", false, null, "nhs-number", "the mail seems to hold an NHS number"],
    ["Subject: x\r\n\r\nabout 943 476 5918", false, null, undefined],
  ]) {
    assert.deepEqual(await told(mail), expected, mail);
  }
  const refusing = await sealpostWith(["--config", sealpost.config, "policy", "explain", file, "--to", "x@secure.example.org"]);
  assert.match(refusing.stdout, /^x@secure\.example\.org\n {2}refused/m);

  const at = ["--config", sealpost.config, "policy", "explain"];
  refused(await sealpostWith([...at, path.join(sealpost.folder, "none.eml")]), 1, /none\.eml: No such file/, "no file");
  await fs.writeFile(file, "Subject: nobody\r\n\r\n");
  refused(await sealpostWith([...at, file]), 2, /names no recipient/, "nobody");
  await fs.writeFile(file, `X: ${"x".repeat(70_000)}\r\n\r\n`);
  refused(await sealpostWith([...at, file]), 1, /header section is longer/, "a huge header");
  await fs.writeFile(file, randomBytes(100_000));
  const noise = await sealpostWith([...at, file, "--to", "patient@example.com"]);
  assert.ok(noise.code === 0 || noise.code === 1, noise.stderr);
});

/** Says octets on a connection and hears until the other end closes, or nothing more comes. */
async function shout(port, octets, { patience = 3000, hangUp = false } = {}) {
  const socket = net.connect(port, "127.0.0.1");
  let heard = "";
  socket.setEncoding("latin1").on("data", (text) => (heard += text));
  await once(socket, "connect");
  const closed = new Promise((done) => socket.on("error", () => {}).on("close", done));
  socket.write(octets);
  socket.setTimeout(patience, () => socket.destroy());
  if (hangUp) socket.resetAndDestroy();
  await closed;
  return heard;
}

/** Out of the folder of assets, into files and pages that are not public. */
const STRAYS = [
  "/assets/../../../../etc/passwd",
  "/assets/..%2f..%2f..%2fetc%2fpasswd",
  "/assets/%2e%2e/%2e%2e/sealpost.toml",
  "/assets//etc/passwd",
  "/assets/.%00.js",
  "/../sealpost.toml",
  "//etc/passwd",
  "/.git/config",
  "/health/ready",
  "/metrics",
];

describe("HTTP that no browser sends", () => {
  const request = (line, headers = [], body = "") =>
    [`${line} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers, "", body].join("\r\n");
  const post = (where, type, body, ...headers) =>
    request(`POST /api/v1/m/${where}`, [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers], body);
  const handle = "0123456789abcdefghjkmnpqr0";
  const json = "application/json";

  for (const [what, octets, status] of [
    ["a cookie of 60 KB", request("GET /", [`Cookie: a=${"x".repeat(60_000)}`]), "[24]"],
    ["a cookie of 2 MB", request("GET /", [`Cookie: a=${"x".repeat(2 * MIB)}`]), "4"],
    ["2,000 headers", request("GET /", Array.from({ length: 2000 }, (_, n) => `X-${n}: y`)), "4"],
    ["an address of 200 KB", request(`GET /${"a/".repeat(100_000)}`), "4"],
    ["no JSON", post(`${handle}/code`, json, "{not json"), "400"],
    ["JSON of another shape", post(`${handle}/code`, json, '"proof"'), "400"],
    ["JSON of great depth", post(`${handle}/code`, json, "[".repeat(30_000)), "4"],
    ["JSON that is no UTF-8", post(`${handle}/code`, json, '{"proof":"\\ud800"}'), "4"],
    ["another media type", post(`${handle}/code`, "text/plain", "{}"), "415"],
    ["a body of 8 MB", post(`${handle}/code`, json, `{"proof":"${"x".repeat(8 * MIB)}"}`), "413"],
    ["a proof that fits nothing", post(`${handle}/code`, json, `{"proof":"${"A".repeat(43)}"}`), "404"],
    ["another site's request", post(`${handle}/code`, json, "{}", "Origin: https://example.com"), "403"],
    ["another method", request(`DELETE /m/${handle}`), "405"],
    ["TRACE", request("TRACE /"), "405"],
    ["CONNECT", request("CONNECT example.com:443"), "4"],
    ["a method of nobody", request("FROBNICATE /"), "40[05]"],
    ...STRAYS.map((where) => [`GET ${where}`, request(`GET ${where}`), "40[04]"]),
    ["a range of nothing without a session", request(`GET /api/v1/m/${handle}/message.age`, ["Range: bytes=9-1,-5,x"]), "401"],
    ["two lengths", request("POST /", ["Content-Length: 5", "Content-Length: 6"], "hello"), "4"],
    ["a length and chunks", request("POST /", ["Content-Length: 5", "Transfer-Encoding: chunked"], "0\r\n\r\n"), "4"],
    ["a negative length", request("POST /", ["Content-Length: -1"]), "4"],
    ["a header with a NUL", request("GET /", ["X: a\u0000b"]), "4"],
  ]) {
    test(`${what} is refused`, async () => {
      const heard = await shout(sealpost.http, octets);
      // Who is still sending when the answer leaves may lose it with the connection.
      const cutOff = octets.length > MIB && heard === "";
      if (!cutOff) assert.match(heard, new RegExp(`^HTTP/1\\.1 ${status}`), heard.slice(0, 300));
      assert.doesNotMatch(heard, /root:|\[gateway\]|panicked|\.rs:/);
      await healthy(what);
    });
  }

  test("what is no HTTP at all harms nobody", async () => {
    for (const octets of ["\r\n\r\n", "GET\r\n\r\n", "EHLO x\r\n", "\x16\x03\x01\x02\x00\x01\x00", randomBytes(100_000)]) {
      const heard = await shout(sealpost.http, octets, { patience: 500 });
      assert.doesNotMatch(heard, /^HTTP\/1\.1 [25]/);
      await healthy("noise");
    }
    await shout(sealpost.http, request("GET /"), { hangUp: true });
    await healthy("a client that hangs up");
  });

  test("curl sees the same refusals with the headers of every answer", async () => {
    const { stdout } = await outcome("curl", ["-sS", "-i", "--path-as-is", "-X", "PUT", `${sealpost.origin}/assets/../x`]);
    assert.match(stdout, /^HTTP\/1\.1 40[45]/);
    for (const header of [/^content-security-policy: default-src 'none'/im, /^x-content-type-options: nosniff/im, /^cache-control: no-store/im]) {
      assert.match(stdout, header);
    }
  });
});

/** A mail of multiparts in multiparts. */
function nested(depth) {
  const type = (n) => `Content-Type: multipart/mixed; boundary="b${n}"\r\n\r\n--b${n}\r\n`;
  return `Subject: [secure] x\r\nMIME-Version: 1.0\r\n${Array.from({ length: depth }, (_, n) => type(n)).join("")}\r\nx`;
}

describe("SMTP that no mail system sends", () => {
  const recipient = ["EHLO client.example.org", "MAIL FROM:<clinic@example.org>", "RCPT TO:<patient@example.com>"];
  const head = [...recipient, "DATA", ""].join("\r\n");
  for (const [what, octets, heard] of [
    ["noise", randomBytes(200_000), /^220 /],
    ["a TLS hello", Buffer.from("1603010200010001fc0303", "hex"), /^220 /],
    ["HTTP", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", /\r\n5\d\d /],
    ["a line of 4 MB", `${"A".repeat(4 * MIB)}\r\n`, /\r\n50\d /],
    ["a thousand unknown commands", "FROB\r\n".repeat(1000), /\r\n421 /],
    ["NUL in a command", "EHLO a\0b\r\nQUIT\r\n", /\r\n50\d /],
    ["an address of 5,000 letters", `EHLO x\r\nMAIL FROM:<${"a".repeat(5000)}@example.org>\r\nQUIT\r\n`, /\r\n5\d\d /],
    ["content behind DATA at once", `${head}Subject: [secure] x\r\n\r\n.\r\nQUIT\r\n`, /\r\n503 5\.5\.0 .*Closing\r\n$/],
    ["a stranger's sender", "EHLO x\r\nMAIL FROM:<a@example.com>\r\nQUIT\r\n", /\r\n550 5\.7\.1 /],
    ["an unknown reply address", "EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<reply+0@secure.example.org>\r\nQUIT\r\n", /\r\n550 5\.1\.1 /],
    ["a size beyond all limits", "EHLO x\r\nMAIL FROM:<a@example.org> SIZE=99999999999\r\nQUIT\r\n", /\r\n552 /],
  ]) {
    test(`${what} is refused`, async () => {
      const said = await shout(sealpost.smtp, octets, { patience: 1500 });
      assert.match(said, heard, said.slice(-500));
      await healthy(what);
    });
  }

  for (const [what, content, reply] of [
    ["a bare LF", "Subject: [secure] x\n\r\nx", /^550 5\.5\.2 /],
    ["a bare CR", "Subject: [secure] x\r\n\r\nx\ry", /^550 5\.5\.2 /],
    ["a second mail behind a dot between LFs", "Subject: x\r\n\r\nx\n.\nMAIL FROM:<clinic@example.org>", /^550 5\.5\.2 /],
    ["a NUL", "Subject: [secure] x\r\n\r\n\0", /^550 5\.6\.0 /],
    ["a line of 9,000 octets", `Subject: [secure] x\r\n\r\n${"x".repeat(9000)}`, /^5\d\d 5\./],
    ["a header section of 70,000 octets", `Subject: [secure] x\r\n${`X: ${"x".repeat(900)}\r\n`.repeat(80)}\r\n`, /^5\d\d 5\./],
    ["1,001 fields", `${"X: y\r\n".repeat(1001)}\r\n`, /^5\d\d 5\./],
    ["parts within parts, 200 deep", nested(200), /^5\d\d 5\./],
  ]) {
    test(`a mail with ${what} is refused`, async () => {
      const smtp = await Smtp.connect(sealpost.smtp);
      for (const word of [...recipient, "DATA"]) assert.match(await smtp.say(word), /^[23]/);
      smtp.write(content);
      assert.match(await smtp.say("\r\n."), reply);
      smtp.close();
      await healthy(what);
    });
  }

  test("who hangs up in the middle leaves nothing behind", async () => {
    for (const octets of ["", "EHLO x", head, `${head}Subject: [secure] x\r\n\r\nhalf`, `${head}${"x".repeat(70)}\r\n`]) {
      await shout(sealpost.smtp, octets, { hangUp: true });
    }
    await healthy("broken connections");
  });

  test("after all of this mail is taken as before, and nothing else was", async () => {
    const raw = plainLetter({ subject: "[secure] Still here", to: "patient@example.com" });
    assert.match(await submit(sealpost.smtp, { to: ["patient@example.com"], raw }), /^250 /);
    assert.ok(linkOf(await sink.of("notice", "patient@example.com")));
    const { stdout } = await sealpost.command("--json", "queue", "balance");
    assert.equal(JSON.parse(stdout).accepted, 1);
    assert.equal(sink.mails.length, 1);
    assert.doesNotMatch(sealpost.log, /panicked/);
  });
});
