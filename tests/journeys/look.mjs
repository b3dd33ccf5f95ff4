// Pictures of every page a recipient meets, for people who look: node look.mjs FOLDER
import fs from "node:fs/promises";
import path from "node:path";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, linkOf, submit } from "./harness.mjs";
import { letter } from "./letters.mjs";

const folder = process.argv[2] ?? "pictures";
await fs.mkdir(folder, { recursive: true });
const sink = await Sink.start();
const sealpost = await Sealpost.start({ sink });
const sizes = {
  phone: { viewport: { width: 375, height: 740 }, deviceScaleFactor: 2, isMobile: true },
  desktop: { viewport: { width: 1280, height: 900 } },
};
try {
  for (const [size, options] of Object.entries(sizes)) {
    for (const colorScheme of ["light", "dark"]) {
      const to = `patient-${size}-${colorScheme}@example.com`;
      await submit(sealpost.smtp, { to: [to], raw: letter({ to }) });
      const link = linkOf(await sink.of("notice", to));
      const page = await browserPage(sealpost.origin, { ...options, colorScheme });
      const picture = async (name) =>
        page.screenshot({ path: path.join(folder, `${size}-${colorScheme}-${name}.png`), fullPage: true });
      await page.goto(link);
      const ask = page.getByRole("button", { name: "Email me a security code" });
      await ask.waitFor();
      await page.waitForTimeout(300);
      await picture("1-landing");
      await ask.click();
      const field = page.getByRole("textbox", { name: "Security code" });
      await field.waitFor();
      await picture("2-code");
      await field.fill("12345678");
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByRole("alert").or(page.locator(".error-summary")).first().waitFor();
      await picture("3-code-wrong");
      await field.fill(codeOf(await sink.of("code", to)));
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByRole("button", { name: "Reply securely" }).first().waitFor();
      await page.waitForTimeout(500);
      await picture("4-message");
      await page.getByRole("button", { name: "Reply securely" }).first().click();
      await page.getByRole("textbox", { name: "Your message" }).fill("Thank you. I will be there.");
      await picture("5-reply");
      await page.getByRole("button", { name: "Send reply" }).click();
      await page.getByRole("heading", { name: /sent/i }).waitFor();
      await picture("6-sent");
      if (page.faults.length) console.log(size, colorScheme, page.faults);
      await page.context().close();
    }
  }
  const page = await browserPage(sealpost.origin, sizes.phone);
  for (const name of ["", "genuine", "privacy", "accessibility", "cookies", "nothing-here", "m/unknown"]) {
    await page.goto(`${sealpost.origin}/${name}`);
    await page.screenshot({ path: path.join(folder, `page-${name.replace("/", "-") || "home"}.png`), fullPage: true });
  }
} finally {
  await closeBrowser();
  await sealpost.stop();
  await sink.stop();
}
