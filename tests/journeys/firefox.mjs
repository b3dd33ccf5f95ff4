// Debian's Firefox, spoken to by WebDriver BiDi: playwright-core drives only a Firefox of its own.

import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import puppeteer from "puppeteer-core";
import { until } from "./harness.mjs";

let shared;

/** A page in a browser context of its own. What it downloads lands in `page.downloads`. */
export async function firefoxPage() {
  const downloads = await fs.mkdtemp(path.join(os.tmpdir(), "sealpost-firefox-"));
  await shared?.close();
  shared = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
    headless: true,
    extraPrefsFirefox: {
      "browser.download.folderList": 2,
      "browser.download.dir": downloads,
      "browser.download.useDownloadDir": true,
      "browser.download.always_ask_before_handling_new_types": false,
      "browser.helperApps.neverAsk.saveToDisk": "application/octet-stream",
      "browser.download.alwaysOpenPanel": false,
    },
  });
  const page = await shared.newPage();
  page.setDefaultTimeout(20_000);
  page.downloads = downloads;
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.faults.push(message.text());
  });
  return page;
}

export async function closeFirefox() {
  await shared?.close();
  shared = undefined;
}

/** By the name that a reader sees or hears. */
export const button = (page, name) => page.locator(`::-p-aria([name="${name}"][role="button"])`);
export const press = (page, name) =>
  button(page, name).click().catch(async (error) => {
    const names = await page.$$eval("button", (all) => all.map((one) => one.getAttribute("aria-label") ?? one.textContent));
    throw new Error(`no button "${name}" among ${names.join(", ")}`, { cause: error });
  });
export const box = (page, name) => page.locator(`::-p-aria([name="${name}"][role="textbox"])`);
export async function heading(page, name) {
  const there = (wanted) => document.querySelector("h1")?.textContent.trim() === wanted;
  await page.waitForFunction(there, {}, name).catch(async (error) => {
    throw new Error(`no page "${name}" but:\n${await page.evaluate(() => document.body.innerText)}`, { cause: error });
  });
}

/** The octets of a download, once all of them are there. */
export async function downloaded(page, fits, size) {
  const name = await until(async () => {
    const names = await fs.readdir(page.downloads);
    const found = names.find((each) => fits.test(each));
    return found && (await fs.stat(path.join(page.downloads, found))).size === size && found;
  }, `a download like ${fits}`);
  return fs.readFile(path.join(page.downloads, name));
}
