// Mails to send: built by hand, so that a test knows every octet.

import { randomBytes } from "node:crypto";

const crlf = (text) => text.replace(/\r?\n/g, "\r\n");
const lines = (base64) => base64.replace(/.{76}/g, "$&\r\n");

export const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGNgCPuPBw1T6f//AX5tp3GPpYvNAAAAAElFTkSuQmCC",
  "base64",
);

/** A letter with text, HTML, an inline picture and any attachments. */
export function letter({
  to = "patient@example.com",
  cc,
  subject = "[secure] Your appointment on Thursday",
  text = "Dear patient,\n\nyour appointment is on Thursday at 10:40.\n\nThe clinic\n",
  html = `<p>Dear patient,</p><p>your appointment is on <strong>Thursday at 10:40</strong>.</p><p>See <a href="https://example.org/map">how to find us</a>.</p><p>The clinic <img src="cid:logo@example.org" alt="Example Trust" width="40" height="40"></p>`,
  attachments = [
    { name: "Referral letter.pdf", type: "application/pdf", octets: Buffer.from("%PDF-1.4\n%%EOF\n") },
    { name: "X-ray.png", type: "image/png", octets: png },
    { name: "Notes.html", type: "text/html", octets: Buffer.from("<script>alert(1)</script>") },
  ],
  id = `<${randomBytes(8).toString("hex")}@example.org>`,
  extra = "",
} = {}) {
  const part = ({ name, type, octets }) =>
    crlf(`--mixed
Content-Type: ${type}; name="${name}"
Content-Disposition: attachment; filename="${name}"
Content-Transfer-Encoding: base64

`) + lines(octets.toString("base64")) + "\r\n";
  return Buffer.from(
    crlf(`From: "The clinic" <clinic@example.org>
To: ${to}
${cc ? `Cc: ${cc}\n` : ""}Subject: ${subject}
Date: Sun, 22 Nov 2026 10:00:00 +0000
Message-ID: ${id}
${extra}MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=mixed

--mixed
Content-Type: multipart/alternative; boundary=alternative

--alternative
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

${text}
--alternative
Content-Type: multipart/related; boundary=related

--related
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit

${html}
--related
Content-Type: image/png
Content-ID: <logo@example.org>
Content-Disposition: inline
Content-Transfer-Encoding: base64

${png.toString("base64")}
--related--

--alternative--

`) + attachments.map(part).join("") + "--mixed--\r\n",
  );
}
