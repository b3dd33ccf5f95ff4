// What stands in a sender's evidence: everything that the page says, in both languages, and no more.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidence } from '../src/pages/sender/evidence.ts';
import { speak, spoken } from '../src/texts.ts';
import type { RecipientTimeline, Timeline } from '../src/protocol.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 14, minute)).toISOString();

const anna: RecipientTimeline = {
  id: '1', address: 'anna@example.net', way: 'link', standing: 'withdrawn', available_until: at(59), notified_at: at(1),
  handed_to: { host: 'relay.example.org', tls: { version: 'TLS 1.3', cipher: 'TLS_AES_256_GCM_SHA384' } }, reminders_asked_at: [at(3)],
  codes_asked: 2, code_asked_at: at(9), openings: 2, opened_at: [at(5), at(10)], fetched_at: [at(6)], replied_at: [at(8)], more_time_asked_at: at(10), extended: [{ at: at(11), until: at(60 * 24 * 30) }], withdrawn_at: at(12), can_be_withdrawn: false,
};
const told: RecipientTimeline = {
  id: '2', address: 'told@example.net', way: 'link', standing: 'told', notified_at: at(1), handed_to: { host: '127.0.0.1' }, reminders_asked_at: [],
  codes_asked: 0, openings: 0, opened_at: [], fetched_at: [], replied_at: [], extended: [], can_be_withdrawn: true, can_be_reminded: 'mail',
};
const timeline: Timeline = { reference: 'K7Q-4MDX', captured_at: at(0), checked_at: at(20), recipients: [anna, told], csrf: 'a secret value', idle_minutes: 20, session_ends_at: at(40), ends_in: 1 };

test('each entry is there with its instant, in order and in both languages', () => {
  const { format, service, reference, as_of, taken_at, recipients } = evidence(timeline, 'https://secure.example.org');
  assert.deepEqual([format, service, reference, as_of, taken_at], ['sealpost-evidence/1', 'https://secure.example.org', 'K7Q-4MDX', at(20), at(0)]);
  const [first, second] = recipients;
  assert.deepEqual(first!.entries.map((entry) => entry.at), [0, 1, 3, 5, 6, 8, 9, 10, 10, 11, 12].map(at));
  assert.equal(first!.entries[1]!.in_words.en, 'The next mail system took the email with the link. To relay.example.org, over TLS 1.3 (TLS_AES_256_GCM_SHA384)');
  assert.match(first!.entries[1]!.in_words.cy, /dros TLS 1\.3/);
  assert.deepEqual(first!.entries[9]!.in_words, { en: 'Made available for longer, until 22 December 2026', cy: 'Ar gael am fwy o amser, tan 22 Rhagfyr 2026' });
  assert.match(second!.entries[1]!.in_words.en, /To 127\.0\.0\.1, without TLS/);
  assert.deepEqual([first!.standing_in_words, first!.recorded.openings], [{ en: 'Withdrawn', cy: 'Wedi’i thynnu’n ôl' }, 2]);
  for (const { entries } of recipients) for (const { in_words } of entries) assert.ok(in_words.en && in_words.cy && in_words.en !== in_words.cy);
});

test('it says what it proves and what not, and nothing of the session goes along', () => {
  const { proves } = evidence(timeline, 'https://secure.example.org');
  assert.equal(proves.en.length, proves.cy.length);
  assert.match(proves.en.join(' '), /control of the mailbox .* and not who that was/);
  assert.match(proves.en.join(' '), /Opened copies cannot be withdrawn/);
  const text = JSON.stringify(evidence(timeline, 'https://secure.example.org'));
  for (const kept of ['csrf', 'a secret value', 'session_ends_at', 'can_be', 'remind_again']) assert.ok(!text.includes(kept), kept);
});

test('the language of the page stays what it was', () => {
  for (const lang of ['cy', 'en'] as const) {
    speak(lang);
    const one = evidence(timeline, '');
    assert.equal(spoken(), lang);
    assert.equal(one.recipients[0]!.standing_in_words.en, 'Withdrawn');
  }
});
