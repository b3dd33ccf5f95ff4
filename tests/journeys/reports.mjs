// Delivery reports as another program reads them.

import assert from "node:assert/strict";
import { outcome } from "./harness.mjs";

/** What Python's email package makes of a report. */
export async function readReport(raw) {
  const script = `
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = list(m.iter_parts())
status = parts[1].get_payload()
print(json.dumps({
  "type": m.get_content_type(), "report": m.get_param("report-type"), "defects": [str(d) for p in m.walk() for d in p.defects],
  "types": [p.get_content_type() for p in parts], "subject": m["subject"], "auto": m["auto-submitted"],
  "text": parts[0].get_content(), "message": dict(status[0].items()),
  "recipients": [dict(group.items()) for group in status[1:] if len(group)], "header": parts[2].get_payload()}))`;
  const { code, stdout, stderr } = await outcome("python3", ["-c", script], { input: raw });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}
