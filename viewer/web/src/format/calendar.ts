// What a calendar entry says (RFC 5545): what, when, where, who asks. Read for showing only; nothing is computed from it
// but the moment that a local time means.

export interface CalendarEntry {
  summary: string;
  location: string;
  description: string;
  organiser: { name: string; address: string };
  start: CalendarTime | null;
  end: CalendarTime | null;
  repeats: boolean;
  cancelled: boolean;
}

export type CalendarTime =
  /** A day, wherever one is; for an end, the last day that is meant. */
  | { kind: 'day'; at: Date }
  | { kind: 'moment'; at: Date }
  /** A time of a zone that is not known here, or of none: as it is written, with the zone's name. */
  | { kind: 'local'; at: Date; zone: string };

/** More of them are a calendar, not an invitation. */
const MOST = 20;

interface Line {
  name: string;
  parameters: Map<string, string>;
  value: string;
}

/** Null for text that is no calendar. */
export function readCalendar(text: string): CalendarEntry[] | null {
  const lines = unfolded(text).map(readLine).filter((line): line is Line => line !== null);
  if (!lines.some(({ name, value }) => name === 'BEGIN' && value.toUpperCase() === 'VCALENDAR')) return null;
  const cancelled = lines.some(({ name, value }) => name === 'METHOD' && value.toUpperCase() === 'CANCEL');
  const entries: CalendarEntry[] = [];
  let event: Line[] | null = null;
  /** Inside an alarm or the like, whose lines are not the event's. */
  let inner = 0;
  for (const line of lines) {
    const component = line.value.toUpperCase();
    if (line.name === 'BEGIN') {
      if (event) inner += 1;
      else if (component === 'VEVENT') event = [];
    } else if (line.name === 'END') {
      if (event && inner > 0) inner -= 1;
      else if (event && component === 'VEVENT') {
        entries.push(entry(event, cancelled));
        event = null;
        if (entries.length === MOST) break;
      }
    } else if (event && inner === 0) event.push(line);
  }
  return entries;
}

/** A line that begins with white space goes on with the one before (§3.1). */
const unfolded = (text: string): string[] => text.replace(/^\ufeff/, '').replace(/\r?\n[ \t]/g, '').split(/\r?\n/);

function readLine(line: string): Line | null {
  const colon = outsideQuotes(line, ':');
  if (colon < 0) return null;
  const parameters = new Map<string, string>();
  let head = line.slice(0, colon);
  const [name] = head.split(';', 1);
  for (head = head.slice(name!.length + 1); head; ) {
    const end = outsideQuotes(head, ';');
    const one = end < 0 ? head : head.slice(0, end);
    const equals = one.indexOf('=');
    if (equals > 0) parameters.set(one.slice(0, equals).toUpperCase(), one.slice(equals + 1).replace(/^"(.*)"$/, '$1'));
    head = end < 0 ? '' : head.slice(end + 1);
  }
  return { name: name!.toUpperCase(), parameters, value: line.slice(colon + 1) };
}

function outsideQuotes(text: string, wanted: string): number {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (text[i] === wanted && !quoted) return i;
  }
  return -1;
}

function entry(lines: Line[], cancelled: boolean): CalendarEntry {
  const of = (name: string) => lines.find((line) => line.name === name);
  const words = (name: string) => plain(of(name)?.value ?? '');
  const start = time(of('DTSTART'));
  const organiser = of('ORGANIZER');
  return {
    summary: words('SUMMARY'),
    location: words('LOCATION'),
    description: words('DESCRIPTION'),
    organiser: { name: plain(organiser?.parameters.get('CN') ?? ''), address: (organiser?.value ?? '').replace(/^mailto:/i, '') },
    start,
    end: endOf(start, time(of('DTEND')), of('DURATION')?.value),
    repeats: of('RRULE') !== undefined || of('RDATE') !== undefined,
    cancelled: cancelled || words('STATUS').toUpperCase() === 'CANCELLED',
  };
}

const plain = (value: string): string => value.replace(/\\([nN\\;,])/g, (_, c: string) => (c === 'n' || c === 'N' ? '\n' : c)).trim();

const DAY = 86_400_000;

function endOf(start: CalendarTime | null, end: CalendarTime | null, duration: string | undefined): CalendarTime | null {
  // The end of whole days is the day after the last one (§3.6.1).
  if (end?.kind === 'day') {
    const last = new Date(end.at.getTime() - DAY);
    return start?.kind === 'day' && last <= start.at ? null : { kind: 'day', at: last };
  }
  if (end || !start || start.kind === 'day' || !duration) return end;
  const found = /^\+?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration);
  if (!found) return null;
  const [weeks, days, hours, minutes, seconds] = found.slice(1).map((n) => Number(n ?? 0)) as [number, number, number, number, number];
  return { ...start, at: new Date(start.at.getTime() + ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000) };
}

function time(line: Line | undefined): CalendarTime | null {
  const found = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(line?.value.trim() ?? '');
  if (!line || !found) return null;
  const [year, month, date, hour, minute, second] = found.slice(1, 7).map((n) => Number(n ?? 0)) as [number, number, number, number, number, number];
  const at = new Date(Date.UTC(year, month - 1, date, hour, minute, second));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== date) return null;
  if (found[4] === undefined) return { kind: 'day', at };
  if (found[7] === 'Z') return { kind: 'moment', at };
  const zone = line.parameters.get('TZID') ?? '';
  const moment = inZone(at, WINDOWS[zone.toLowerCase()] ?? zone.replace(/^\/?(?:[^/]*\.[^/]*\/)?(?:Olson_[^/]*\/)?/, ''));
  return moment ? { kind: 'moment', at: moment } : { kind: 'local', at, zone };
}

/** What Outlook calls the zones that our readers write from; any other is shown as it is written. */
const WINDOWS: Record<string, string> = {
  'gmt standard time': 'Europe/London',
  'greenwich standard time': 'Atlantic/Reykjavik',
  'w. europe standard time': 'Europe/Berlin',
  'romance standard time': 'Europe/Paris',
  'central europe standard time': 'Europe/Budapest',
  'central european standard time': 'Europe/Warsaw',
  'e. europe standard time': 'Europe/Chisinau',
  'fle standard time': 'Europe/Kiev',
  'gtb standard time': 'Europe/Bucharest',
  'turkey standard time': 'Europe/Istanbul',
  'india standard time': 'Asia/Kolkata',
  'pakistan standard time': 'Asia/Karachi',
  'eastern standard time': 'America/New_York',
  'central standard time': 'America/Chicago',
  'mountain standard time': 'America/Denver',
  'pacific standard time': 'America/Los_Angeles',
  'aus eastern standard time': 'Australia/Sydney',
  'new zealand standard time': 'Pacific/Auckland',
  utc: 'UTC',
};

/** The moment at which clocks of `zone` show what `local` has as UTC. Null for a zone that the browser does not know. */
function inZone(local: Date, zone: string): Date | null {
  if (!zone) return null;
  try {
    const offset = (at: number) => shownIn(new Date(at), zone) - at;
    // Twice, because the first guess may lie on the other side of a change of clocks.
    const guess = local.getTime() - offset(local.getTime());
    return new Date(local.getTime() - offset(guess));
  } catch {
    return null;
  }
}

function shownIn(at: Date, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)!.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}
