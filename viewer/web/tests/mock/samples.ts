// A message with a bit of everything, for pictures of the pages.

import { deflateSync } from 'node:zlib';
import type { Part } from '../../src/format/view.ts';
import type { MessageSpec } from './message.ts';

/** A picture of one colour, as PNG. */
export function png(width: number, height: number, [r, g, b]: [number, number, number]): Uint8Array {
  const row = Buffer.concat([Buffer.from([0]), Buffer.from(Array.from({ length: width }, () => [r, g, b]).flat())]);
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', head),
      chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

function crc32(data: Buffer): number {
  let crc = ~0;
  for (const octet of data) {
    crc ^= octet;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A PDF of one page with one line of text. */
export function pdf(line: string): Uint8Array {
  const stream = `BT /F1 24 Tf 72 720 Td (${line}) Tj ET`;
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${stream.length}>>stream\n${stream}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  let out = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const at = out.length;
    out += `${i + 1} 0 obj${object}endobj\n`;
    return at;
  });
  const start = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}`;
  out += `trailer<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`;
  return new Uint8Array(Buffer.from(out));
}

export const sampleMessage: MessageSpec = {
  subject: 'Your appointment at the eye clinic on 3 December',
  replyTo: ['clinic@example.org', 'practice@example.net'],
  text: 'Dear reader,\r\n\r\nYour appointment at the eye clinic is on Thursday 3 December 2026 at 10:15am.\r\n\r\nPlease bring your glasses.\r\n',
  html: `<html><head><style><!-- .MsoNormal { margin: 0 0 12px; font-family: Georgia, serif } @import url(https://tracker.example/x.css); --></style></head>
  <body bgcolor="#ffffff"><p class="MsoNormal" style="color:#123; font-size:18px"><b>Dear reader,</b></p>
  <p class="MsoNormal">Your appointment at the eye clinic is on <span style="background-color: #fff3c4; padding: 2px 6px">Thursday 3 December 2026 at 10:15am</span>.</p>
  <table border="1" cellpadding="8" style="border-collapse: collapse; border-color: #9bb; margin: 12px 0"><tr><th align="left">What</th><th align="left">When</th></tr><tr><td>Eye test</td><td>10:15am</td></tr><tr><td>Talk with the consultant</td><td>11:00am</td></tr></table>
  <p><img src="cid:map@example" width="300" alt="Map"></p>
  <p>Please read <a href="https://www.example.com/leaflet">the leaflet</a>, or visit <a href="https://evil.example/">www.example.com</a>.</p>
  <img src="https://tracker.example/pixel.gif" width="1" height="1"><img src="https://cdn.example/logo.png" alt="Example Clinic">
  <p style="position:fixed;top:0;left:0;background:url(https://tracker.example/bg.png)">Kind regards,<br>The eye clinic</p></body></html>`,
  parts: [
    { name: 'Referral letter.pdf', type: 'application/pdf', data: pdf('Referral letter') },
    { name: 'Before your visit.docx', type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', data: new Uint8Array(1_230_000) },
    { name: 'Waiting area.png', type: 'image/png', data: png(900, 500, [120, 160, 150]) },
    { name: 'Notes.txt', type: 'text/plain', data: new Uint8Array(Buffer.from('Bring your glasses.\nDo not drive home.\n')), encoding: 'quoted-printable' },
    { name: 'Results.html', type: 'text/html', data: new Uint8Array(Buffer.from('<script>alert(1)</script>')) },
    { name: 'map.png', type: 'image/png', data: png(600, 300, [200, 220, 205]), contentId: 'map@example', embedded: true },
  ],
};

/** A forwarded mail with an invitation, signed by its sender. */
export function forwardedMessage(): MessageSpec {
  const ics = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'SUMMARY:Eye clinic', 'LOCATION:Room 3\\, first floor', 'ORGANIZER;CN=Example Clinic:mailto:clinic@example.org', 'DTSTART;TZID=Europe/London:20261203T101500', 'DTEND;TZID=Europe/London:20261203T110000', 'DESCRIPTION:Bring your glasses.\\nDo not drive home.', 'END:VEVENT', 'END:VCALENDAR'];
  return {
    subject: 'Your referral, and an appointment',
    protection: 'smime-signed',
    parts: [
      { name: 'Referral.eml', type: 'message/rfc822', data: new Uint8Array(4_200), encoding: 'identity' },
      { name: 'Letter.pdf', type: 'application/pdf', data: pdf('Letter') },
      { name: 'Appointment.ics', type: 'text/calendar', data: new Uint8Array(Buffer.from(ics.join('\r\n'))) },
    ],
    spoil: (view) => {
      const [message, file, calendar] = view.parts as Part[];
      const headers = { from: [{ name: 'Dr Ann Example', address: 'ann@practice.example' }], to: [{ name: null, address: 'clinic@example.org' }], cc: [], subject: 'Referral of our patient', date: '2026-11-18T15:40:00+00:00', message_id: null, references: [] };
      const inner = { headers, text: null, html: '<p>Dear colleague,</p><p>thank you for seeing our patient. The letter is attached.</p><p>Ann Example</p>', parts: [file] };
      view.parts = [{ ...message, message: inner }, calendar];
    },
  };
}
