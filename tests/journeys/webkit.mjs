// Debian's WebKit, which is Safari's engine in another dress, spoken to by the WebDriver that comes with it. It has no
// headless mode, so it gets a screen that nobody sees.

import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { freePort, until } from "./harness.mjs";

/** It lies below a folder of the machine's kind. */
async function miniBrowser() {
  for (const kind of await fs.readdir("/usr/lib")) {
    const file = `/usr/lib/${kind}/webkit2gtk-4.1/MiniBrowser`;
    if (await fs.access(file).then(() => true, () => false)) return file;
  }
  throw new Error("no MiniBrowser: install webkit2gtk-driver");
}

/** The key under which WebDriver hands out elements (WebDriver, section 12). */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

export class WebKit {
  static async start() {
    const self = new WebKit();
    self.home = await fs.mkdtemp(path.join(os.tmpdir(), "sealpost-webkit-"));
    self.screen = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    const display = `:${String((await once(self.screen.stdio[3], "data"))[0]).trim()}`;
    const port = await freePort();
    self.address = `http://127.0.0.1:${port}`;
    self.driver = spawn("WebKitWebDriver", [`--port=${port}`], { stdio: "ignore", env: { ...process.env, DISPLAY: display, HOME: self.home, LIBGL_ALWAYS_SOFTWARE: "1" } });
    await until(() => fetch(`${self.address}/status`).then(({ ok }) => ok, () => false), "the WebDriver");
    const options = { binary: await miniBrowser(), args: ["--automation"] };
    const { sessionId, capabilities } = await self.#call("POST", "/session", {
      capabilities: { alwaysMatch: { browserName: "MiniBrowser", acceptInsecureCerts: true, "webkitgtk:browserOptions": options } },
    });
    self.session = `/session/${sessionId}`;
    self.version = capabilities.browserVersion;
    return self;
  }

  async stop() {
    await this.#call("DELETE", this.session).catch(() => {});
    for (const child of [this.driver, this.screen]) {
      const ended = once(child, "close");
      child.kill();
      await ended;
    }
    await fs.rm(this.home, { recursive: true, force: true });
  }

  async #call(method, path, body) {
    const answer = await fetch(`${this.address}${path}`, { method, body: body && JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  open(url) {
    return this.#call("POST", `${this.session}/url`, { url });
  }

  url() {
    return this.#call("GET", `${this.session}/url`);
  }

  /** Runs in the page, past its policy. `look` is a function of what follows it. */
  ask(look, ...args) {
    return this.#call("POST", `${this.session}/execute/sync`, { script: `return (${look})(...arguments)`, args });
  }

  /** The element that a selector names and `fits`, as soon as there is one. */
  async #find(selector, fits, what) {
    const pick = `(selector, ...rest) => [...document.querySelectorAll(selector)].find((one) => one.checkVisibility() && (${fits})(one, ...rest)) ?? null`;
    return (await until(async () => (await this.ask(pick, selector, what)) ?? undefined, `${selector} "${what}"`))[ELEMENT];
  }

  /** By the name that a reader sees or hears. */
  async press(name) {
    const button = await this.#find("button", (one, name) => (one.getAttribute("aria-label") ?? one.textContent).trim() === name, name);
    await this.#call("POST", `${this.session}/element/${button}/click`, {});
  }

  async type(label, text) {
    const field = await this.#find("input, textarea", (one, label) => [...one.labels].some((each) => each.textContent === label), label);
    await this.#call("POST", `${this.session}/element/${field}/clear`, {});
    await this.#call("POST", `${this.session}/element/${field}/value`, { text });
  }

  async choose(selector, file) {
    const input = (await this.ask((selector) => document.querySelector(selector), selector))[ELEMENT];
    await this.#call("POST", `${this.session}/element/${input}/value`, { text: file });
  }

  heading(name) {
    return until(() => this.ask((name) => document.querySelector("h1")?.textContent.trim() === name, name), `the page "${name}"`).catch(async (error) => {
      throw new Error(`no page "${name}" but:\n${await this.ask(() => document.body.innerText)}`, { cause: error });
    });
  }
}
