// Draws one page of the reader's way without a server and without a message: `sealpost preview` puts this script beside
// its files. It is no part of the bundle that readers get.

import { App, type Page } from './app.ts';
import type { Client } from './client.ts';
import { el } from './dom.ts';
import { Flow } from './flow.ts';
import type { Mailbox, Part, View } from './format/view.ts';
import { turnTo } from './language.ts';
import { checkingPage, landingPage } from './pages/landing.ts';
import { closedPage } from './pages/closed.ts';
import { codePage } from './pages/code.ts';
import { endedPage } from './pages/ended.ts';
import { keyPage } from './pages/key.ts';
import { messagePage } from './pages/message.ts';
import { confirmNotForMe } from './pages/not-for-me.ts';
import { openingPage } from './pages/opening.ts';
import { problemPage, tooOldPage } from './pages/problem.ts';
import { replyPage } from './pages/reply.ts';
import { sentPage } from './pages/sent.ts';
import { senderClosedPage } from './pages/sender/closed.ts';
import { senderEndedPage } from './pages/sender/ended.ts';
import { checkingPage as senderCheckingPage, senderLandingPage } from './pages/sender/landing.ts';
import { senderProblemPage } from './pages/sender/problem.ts';
import { timelinePage } from './pages/sender/timeline.ts';
import type { Problem, ProblemKind } from './problem.ts';
import type { RecipientTimeline } from './protocol.ts';
import { SenderFlow } from './sender-flow.ts';
import { namesIn, readShell, type Shell } from './shell.ts';
import { languageOf, spoken, t } from './texts.ts';

const AT = new Date('2026-11-22T14:32:00Z');
const UNTIL = new Date('2026-12-22T14:32:00Z');

const state = (document.currentScript as HTMLScriptElement | null)?.dataset.state ?? 'landing';
function draw(shell: Shell): void {
  turnTo(shell, languageOf(shell.lang) ?? 'en');
  document.documentElement.classList.add('script');
  // Nobody answers: what a page asks for by itself stays under way.
  const app = new App(shell, { ask: () => new Promise(() => {}) } as unknown as Client);
  const flow = new Flow(app);
  const { organisation, phone } = namesIn(shell, spoken());
  app.summary = { organisation: { name: organisation, phone }, captured_at: AT.toISOString(), reference: shell.reference, masked_address: 'a••••@example.net', expires_at: UNTIL.toISOString(), state: 'open', can_be_withdrawn: true };
  app.asked = { masked_address: 'a••••@example.net', requested_at: AT.toISOString(), valid_minutes: 15, resend_after_seconds: 30, codes_left: 9 };
  app.opened = { view: view(organisation, phone), expires_at: UNTIL.toISOString(), ends_in: 1e9, idle_minutes: 20, reply: { max_bytes: 38_217_531, max_files: 20, possible: true } };
  const page = pages(flow, shell)[state] ?? senderPages(new SenderFlow(app))[state];
  app.show(page ?? (() => problemPage(flow, problem(state))));
  shell.main.append(el('p', { class: 'visually-hidden' }, 'preview'));
}

function pages(flow: Flow, shell: Shell): Record<string, () => Page> {
  const { app } = flow;
  return {
    checking: checkingPage,
    landing: () => landingPage(flow),
    'not-for-me': () => ({ ...landingPage(flow), shown: () => confirmNotForMe(flow, el('button')) }),
    'message-ending': () => {
      const soon = new Date(Date.now() + 3 * 86_400_000).toISOString();
      app.opened = { ...app.opened!, expires_at: soon };
      return messagePage(flow);
    },
    exposed: () => ((app.exposed = true), landingPage(flow)),
    key: () => keyPage(flow),
    code: () => codePage(flow),
    'code-wrong': () => ({ ...codePage(flow), shown: () => document.querySelector<HTMLElement>('button[type=submit]')?.click() }),
    opening: () => openingPage(flow).page,
    message: () => messagePage(flow),
    'message-later': () => {
      app.later = Promise.resolve([{ day: '2026-12-03', reference: 'K7Q-4MDX' }, { day: '2026-12-11', reference: 'W2M-08TR' }]);
      return messagePage(flow);
    },
    reply: () => replyPage(flow),
    'reply-failed': () => replyPage(flow, { kind: 'offline' }),
    'reply-refused': () => replyPage(flow, { kind: 'refused' }),
    sent: () => sentPage(flow, { reference: 'T4W-9HNB', received_at: AT.toISOString() }, ['clinic@example.org']),
    ended: () => endedPage(flow, Promise.resolve('none')),
    'ended-draft': () => ((app.draft.text = t('reply.text')), endedPage(flow, Promise.resolve('device'))),
    closed: () => closedPage(() => Promise.resolve()),
    'too-old': () => tooOldPage(namesIn(shell, spoken()), [t('unsupported.workers'), t('unsupported.dialogs')]),
  };
}

function senderPages(flow: SenderFlow): Record<string, () => Page> {
  const later = (minutes: number) => new Date(AT.getTime() + minutes * 60_000).toISOString();
  const one = (id: string, address: string, more: Partial<RecipientTimeline>): RecipientTimeline => ({ id, address, way: 'link', standing: 'told', available_until: UNTIL.toISOString(), reminders_asked_at: [], codes_asked: 0, openings: 0, opened_at: [], fetched_at: [], replied_at: [], extended: [], can_be_withdrawn: true, ...more });
  const told = { notified_at: later(1), handed_to: { host: 'relay.example.org', tls: { version: 'TLS 1.3', cipher: 'TLS_AES_256_GCM_SHA384' } } };
  const opened = { ...told, standing: 'opened', codes_asked: 2, code_asked_at: later(180), openings: 2, opened_at: [later(30), later(181)], fetched_at: [later(182)], replied_at: [later(190)] } as const;
  const taken = { standing: 'withdrawn', withdrawn_at: later(200), can_be_withdrawn: false } as const;
  const show = (...recipients: RecipientTimeline[]) => {
    flow.timeline = { reference: 'K7Q-4MDX', captured_at: AT.toISOString(), checked_at: later(240), recipients, ...(recipients.some((one) => one.can_be_withdrawn) ? { extends_to: new Date(UNTIL.getTime() + 10 * 86_400_000).toISOString() } : {}), csrf: '', idle_minutes: 20, session_ends_at: later(480), ends_in: 1e9 };
    return timelinePage(flow);
  };
  const anna = (more: Partial<RecipientTimeline>) => one('1', 'a@example.net', { ...opened, opened_at: [...opened.opened_at], fetched_at: [...opened.fetched_at], replied_at: [...opened.replied_at], ...more });
  return {
    'sender-checking': senderCheckingPage,
    'sender-landing': () => senderLandingPage(flow),
    'sender-landing-over': () => ((flow.app.summary!.can_be_withdrawn = false), senderLandingPage(flow)),
    'sender-timeline': () => show(anna({ more_time_asked_at: later(183), extended: [{ at: later(186), until: UNTIL.toISOString() }] }), one('2', 'a.surgery.with.a.very.long.name@another-example-organisation.example.com', { ...told, exposed_at: later(20) })),
    'sender-many': () =>
      show(
        one('1', 'a@example.net', { standing: 'telling' }),
        one('2', 'b@example.net', { ...told, standing: 'came-back' }),
        one('3', 'c@example.net', { standing: 'failed' }),
        one('4', 'd@example.net', { standing: 'stopped' }),
        one('5', 'e@example.net', { ...told, standing: 'over', can_be_withdrawn: false, available_until: later(60) }),
        one('8', 'h@example.net', { ...told, standing: 'disowned', disowned_at: later(30), more_time_asked_at: later(20), can_be_withdrawn: false }),
        one('6', 'clinic@example.org', { ...told, way: 'copy', standing: 'passed-on', can_be_withdrawn: false }),
        one('7', 'ward@example.org', { way: 'copy', standing: 'passing-on', can_be_withdrawn: false }),
      ),
    'sender-waiting': () =>
      show(
        one('1', 'a@example.net', { ...told, can_be_reminded: 'mail' }),
        one('2', 'b@example.net', { standing: 'telling', can_be_reminded: 'notice' }),
        one('3', 'c@example.net', { ...told, handed_to: { host: '127.0.0.1' }, reminders_asked_at: [later(120), later(200)], remind_again_at: later(260) }),
        one('4', 'd@example.net', { ...told, reminders_asked_at: [later(20), later(100), later(200)] }),
      ),
    'sender-confirm': () => ({ ...show(anna({}), one('2', 'a.surgery.with.a.very.long.name@another-example-organisation.example.com', told)), shown: () => flow.askToWithdraw(flow.timeline!.recipients[1]!) }),
    'sender-over': () =>
      show(
        anna({ standing: 'opened', can_be_withdrawn: false, more_time_asked_at: later(185), available_until: later(230) }),
        one('2', 'b@example.net', { ...told, standing: 'over', reminders_asked_at: [later(100), later(180)], can_be_withdrawn: false, available_until: later(230) }),
      ),
    'sender-withdrawn': () => show(anna(taken), one('2', 'b@example.net', { ...told, ...taken })),
    'sender-ended': () => senderEndedPage(flow),
    'sender-closed': () => senderClosedPage(() => Promise.resolve()),
    'sender-not-found': () => senderProblemPage(flow, { kind: 'not-found' }),
  };
}

const problem = (kind: string): Problem => ({ kind: kind as ProblemKind, retryAt: new Date(AT.getTime() + 86_400_000).toISOString() });

function view(organisation: string, phone: string): View {
  const letter: Part = { index: 0, name: 'Referral letter.pdf', type: 'application/pdf', size: 340_000, encoding: 'identity', offset: 0, length: 340_000, content_id: null, inline: false, data: null, message: null };
  const box = (name: string | null, address: string): Mailbox => ({ name, address });
  return {
    format: 1,
    message_id: '00000000-0000-7000-8000-000000000000',
    profile: 'mlkem768x25519',
    captured_at: AT.toISOString(),
    expires_at: UNTIL.toISOString(),
    organisation: { name: organisation, phone },
    sender: 'clinic@example.org',
    recipients: ['a@example.net'],
    headers: { from: [box('Example Clinic', 'clinic@example.org')], to: [box(null, 'a@example.net')], cc: [], subject: 'Your appointment · Eich apwyntiad', date: AT.toISOString(), message_id: null, references: [] },
    text: 'Your appointment is on Thursday at 10:40. Please bring the letter.\n\nMae eich apwyntiad ddydd Iau am 10:40. Dewch â’r llythyr.\n',
    html: null,
    parts: [letter],
    all: [letter],
    protection: null,
    message: { size: 0, sha256: '', content_size: 0 },
    reply: { recipient: '', key_id: '', to: ['clinic@example.org', 'b@example.org'] },
    policy: { escrow: true },
  };
}

const shell = readShell();
if (shell) draw(shell);
