// What can go wrong, as one closed list: the worker reports it, the pages have words for each.

export type ProblemKind =
  // the link and the grant
  | 'bad-handle' | 'bad-link' | 'bad-key' | 'not-found' | 'expired' | 'withdrawn' | 'disowned'
  // a wish for more time
  | 'asked-already'
  // a sender's wish for a reminder
  | 'reminded-already' | 'reminded-enough'
  // the code
  | 'wait' | 'too-many-codes' | 'wrong-code' | 'code-expired' | 'too-many-tries' | 'ask-first' | 'malformed-code' | 'no-cookies' | 'by-program'
  // the session and the message
  | 'session-ended' | 'csrf' | 'damaged' | 'unreadable-part'
  // the reply
  | 'too-large' | 'too-many-replies' | 'incomplete' | 'bad-signature' | 'offset'
  // the way there; `server` may pass by itself, `refused` will not
  | 'offline' | 'server' | 'slow-down' | 'refused' | 'unsupported'
  // this browser keeps nothing
  | 'no-storage'
  // the reader's own wish
  | 'cancelled';

/** Extras come from the error body of the interface and are absent where it has none. */
export interface Problem {
  kind: ProblemKind;
  retryAt?: string;
  triesLeft?: number;
  maxBytes?: number;
  missing?: number[];
  /** Octets of a part that have arrived. */
  received?: number;
  /** The line was not broken, but nothing moved on it. */
  silent?: true;
}

export class Failed extends Error {
  override readonly name = 'Failed';
  readonly problem: Problem;
  constructor(problem: Problem | ProblemKind) {
    const told = typeof problem === 'string' ? { kind: problem } : problem;
    super(told.kind);
    this.problem = told;
  }
}
