// Every page that a recipient meets, as people use it who see, hear or move differently. WCAG 2.2 AA.

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, linkOf, submit } from "./harness.mjs";
import { letter } from "./letters.mjs";

const SUBJECT = "Your appointment on Thursday";
const ASK = "Email me a security code";
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let sink;
let sealpost;
let axe;
let count = 0;

before(async () => {
  axe = await fs.readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink });
});

after(async () => {
  await closeBrowser();
  await sealpost?.stop();
  await sink?.stop();
});

async function announced() {
  const to = `patient-${++count}@example.com`;
  assert.match(await submit(sealpost.smtp, { to: [to], raw: letter({ to }) }), /^250 /);
  return { to, link: linkOf(await sink.of("notice", to)) };
}

/** What axe says, by rule and place. It is a program of its own: its script comes past our policy, by the debugger. */
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, iframes: false }), TAGS);
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target.join(" ")}`));
}

/** Wider than the window, and by what. */
const overflow = (page) =>
  page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - innerWidth;
    return wide > 0 ? [`${wide} px too wide`] : [];
  });

/** Text or controls that lie outside the window sideways, or are cut off by their own box. */
const clipped = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("main button, main input, main textarea, main a, h1")]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().width > 0)
      .filter((one) => !one.closest(".skip-link"))
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().left < -1 || (one.tagName === "BUTTON" && one.scrollWidth > one.clientWidth + 1))
      .map((one) => one.textContent.trim() || one.id),
  );

/** Controls that cannot be told from the page in forced colours: neither border nor outline nor underline. */
const shapeless = (page) =>
  page.evaluate(() =>
    // A file field draws a button of the browser's own.
    [...document.querySelectorAll("main button, main input:not([type=file]), main textarea")]
      .filter((one) => one.checkVisibility())
      .filter((one) => {
        const style = getComputedStyle(one);
        return parseFloat(style.borderTopWidth) === 0 && style.outlineStyle === "none" && !style.textDecorationLine.includes("underline");
      })
      .map((one) => one.textContent.trim() || one.id),
  );

/** What still moves for who asked for stillness. */
const moving = (page) =>
  page.evaluate(() => {
    const running = document.getAnimations().filter(({ playState, effect }) => playState === "running" && effect.getComputedTiming().duration > 1);
    const slow = [...document.querySelectorAll("body *")].filter((one) => getComputedStyle(one).transitionDuration.split(",").some((time) => parseFloat(time) > 0.01));
    return [...running.map(({ animationName }) => animationName ?? "animation"), ...slow.map((one) => `transition of ${one.tagName}`)];
  });

const normal = { colorScheme: "light", forcedColors: "none", reducedMotion: "no-preference" };
const DESKTOP = { width: 1280, height: 900 };

/** Each a column of the table: how the page is shown, what is looked for. */
const WAYS = [
  ["axe, light", {}, DESKTOP, violations],
  ["axe, dark", { colorScheme: "dark" }, DESKTOP, violations],
  ["forced colours", { forcedColors: "active" }, DESKTOP, async (page) => [...(await violations(page)), ...(await shapeless(page))]],
  ["reduced motion", { reducedMotion: "reduce" }, DESKTOP, moving],
  ["320 px", {}, { width: 320, height: 640 }, async (page) => [...(await overflow(page)), ...(await clipped(page))]],
  // 1280 by 1024 at 400 % is a window of 320 by 256 (WCAG 1.4.10).
  ["400 %", {}, { width: 320, height: 256 }, async (page) => [...(await overflow(page)), ...(await clipped(page)), ...(await covered(page))]],
];

/** Nothing that stays in place may hide what has the focus (WCAG 2.4.11). */
const covered = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("body *")]
      .filter((one) => ["fixed", "sticky"].includes(getComputedStyle(one).position) && one.checkVisibility() && one.getBoundingClientRect().height > innerHeight / 3 && !one.closest("dialog"))
      .map((one) => `${one.tagName} stays in place`),
  );

const rows = [];

async function looked(page, name) {
  const cells = [];
  const problems = [];
  const passes = async (lang) => {
    for (const [way, media, size, look] of WAYS) {
      await page.emulateMedia({ ...normal, ...media });
      await page.setViewportSize(size);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await page.evaluate(() => Promise.all(document.getAnimations().filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime)).map((one) => one.finished.catch(() => {}))));
      const found = await look(page);
      cells.push(found.length);
      problems.push(...found.map((each) => `${lang} ${way}: ${each}`));
    }
  };
  await passes("en");
  const cymraeg = page.locator("button[data-language=cy]");
  if (await cymraeg.count()) {
    await cymraeg.first().evaluate((one) => one.click());
    assert.equal(await page.evaluate(() => document.documentElement.lang), "cy", name);
    await passes("cy");
    await page.locator("button[data-language=en]").first().evaluate((one) => one.click());
  }
  assert.equal(await page.locator("h1").count(), 1, name);
  await page.emulateMedia(normal);
  await page.setViewportSize(DESKTOP);
  rows.push([name, cells, problems]);
}

test("every page and state", async () => {
  const message = await announced();
  const page = await browserPage(sealpost.origin);
  await page.goto(message.link.split("#")[0]);
  const key = page.getByRole("textbox", { name: "Message key" });
  await key.waitFor();
  await looked(page, "message key");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.locator(".error-summary").waitFor();
  await looked(page, "message key, error");

  await page.goto("about:blank");
  await page.goto(message.link.replace("#", "%23"));
  const ask = page.getByRole("button", { name: ASK });
  await ask.waitFor();
  await looked(page, "landing, link exposed");
  for (const one of await page.locator("summary").all()) await one.click();
  await looked(page, "landing, all unfolded");
  await ask.evaluate((one) => one.click());
  await page.getByRole("heading", { name: "Press the button yourself" }).waitFor();
  await looked(page, "pressed by a program");
  await page.getByRole("button", { name: "Try again" }).click();
  await ask.click();
  const code = page.getByRole("textbox", { name: "Security code" });
  await code.waitFor();
  await looked(page, "code");
  await code.fill("1");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.locator(".error-summary").waitFor();
  await looked(page, "code, error");
  await code.fill(codeOf(await sink.of("code", message.to)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  await looked(page, "message");
  await page.getByRole("button", { name: "Show as plain text" }).click();
  await looked(page, "message, plain text");
  await page.getByRole("button", { name: "Reply securely" }).first().click();
  const text = page.getByRole("textbox", { name: "Your message" });
  await text.waitFor();
  await looked(page, "reply");
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.locator(".error-summary").waitFor();
  await looked(page, "reply, error");
  await text.fill("Thank you");
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
  await looked(page, "reply sent");
  await page.getByRole("button", { name: "Back to the message" }).click();
  await page.getByRole("button", { name: "Close message" }).first().click();
  await page.getByRole("heading", { level: 1, name: "Message closed" }).waitFor();
  await looked(page, "closed");
  await page.context().close();

  const others = await browserPage(sealpost.origin);
  const unknown = `${sealpost.origin}/m/0123456789abcdefghjkmnpqr0#1.${"A".repeat(43)}`;
  await others.goto(unknown);
  await others.getByRole("textbox", { name: "Message key" }).waitFor();
  await looked(others, "not found");
  for (const name of ["", "genuine", "privacy", "accessibility", "cookies", "nothing-here"]) {
    await others.goto(`${sealpost.origin}/${name}`);
    await looked(others, `/${name}`);
  }
  const old = await browserPage(sealpost.origin);
  await old.addInitScript(() => delete globalThis.Worker);
  await old.goto(message.link);
  await old.getByText("What is missing").waitFor();
  await looked(old, "browser too old");
  const off = await browserPage(sealpost.origin, { javaScriptEnabled: false });
  await off.goto(message.link);
  await off.setViewportSize({ width: 320, height: 256 });
  assert.ok((await off.locator("main").boundingBox()).width <= 320);

  const names = WAYS.map(([way]) => way);
  const line = (name, cells) => [name.padEnd(24), ...names.map((way, n) => [cells[n], cells[n + names.length]].filter((each) => each !== undefined).join("/").padEnd(way.length))].join("  ");
  console.log([`${"".padEnd(24)}  ${names.join("  ")}   (faults, English/Welsh)`, ...rows.map(([name, cells]) => line(name, cells))].join("\n"));
  assert.deepEqual(rows.flatMap(([name, , problems]) => problems.map((each) => `${name}: ${each}`)), []);
});

test("the checks see what is wrong (negative control)", async () => {
  const page = await browserPage(sealpost.origin);
  await page.goto(`${sealpost.origin}/genuine`);
  await page.setViewportSize({ width: 320, height: 256 });
  await page.evaluate(() => {
    const main = document.querySelector("main");
    const button = document.createElement("button");
    button.style.cssText = "width:900px;border:0;position:fixed;top:0;height:200px";
    button.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 60_000 });
    const wide = document.createElement("div");
    wide.style.width = "900px";
    wide.textContent = "wide";
    main.append(button, wide);
  });
  for (const look of [violations, overflow, clipped, shapeless, moving, covered]) assert.ok((await look(page)).length > 0, look.name);
});

test("the whole way by keyboard alone, in the real product, at 400 %", async () => {
  const message = await announced();
  const page = await browserPage(sealpost.origin, { viewport: { width: 320, height: 256 }, reducedMotion: "reduce" });
  await page.goto(message.link);
  await page.getByRole("button", { name: ASK }).waitFor();
  /** Tab until the focus is where a reader would press; it must be seen there, and lie in the window. */
  const tabTo = async (target) => {
    for (let presses = 0; presses < 60; presses++) {
      if (await target.evaluate((one) => one === document.activeElement)) {
        const [ring, inside] = await target.evaluate((one) => {
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
          const { top, bottom } = one.getBoundingClientRect();
          return [(outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none", top < innerHeight && bottom > 0];
        });
        assert.ok(ring, "the focus is seen");
        assert.ok(inside, "the focus lies in the window");
        return;
      }
      await page.keyboard.press("Tab");
    }
    assert.fail("never reached");
  };
  const button = (name) => page.getByRole("button", { name }).first();
  const pressed = async (target, key = "Enter") => {
    await tabTo(target);
    await page.keyboard.press(key);
  };
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.tagName);
  await pressed(page.locator("summary").filter({ hasText: "This is not for me" }));
  await page.getByText("Delete the email").waitFor();
  await page.goto("about:blank");
  await page.goto(message.link);
  await page.getByRole("button", { name: ASK }).waitFor();
  await pressed(button(ASK));
  const code = page.getByRole("textbox", { name: "Security code" });
  await code.waitFor();
  await pressed(button("Continue"));
  await page.locator(".error-summary").waitFor();
  assert.equal(await focused(), "error-summary", "the error is met first");
  await pressed(page.getByRole("link", { name: "Enter the security code" }));
  assert.equal(await focused(), "code", "and leads to its field");
  await page.keyboard.type(codeOf(await sink.of("code", message.to)));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  assert.equal(await focused(), "subject");
  await pressed(button("View X-ray"));
  await page.locator("dialog img").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "View X-ray", "the focus is back where it was");
  await pressed(button("Reply securely"), "Space");
  const text = page.getByRole("textbox", { name: "Your message" });
  await text.waitFor();
  await tabTo(text);
  await page.keyboard.type("By keyboard");
  await pressed(button("Send reply"));
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
  await sink.mail(({ raw }) => raw.includes("By keyboard"), "the reply");
  await pressed(button("Back to the message"));
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  await pressed(button("Close message"));
  await page.getByRole("heading", { level: 1, name: "Message closed" }).waitFor();
});
