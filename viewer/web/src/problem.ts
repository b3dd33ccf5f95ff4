// What can go wrong, as one closed list: the worker reports it, the pages have words for each.

export type ProblemKind =
  // the link and the grant
  | 'bad-link' | 'bad-key' | 'not-found' | 'expired' | 'withdrawn'
  // the code
  | 'wait' | 'too-many-codes' | 'wrong-code' | 'code-expired' | 'too-many-tries' | 'ask-first' | 'malformed-code'
  // the session and the message
  | 'session-ended' | 'damaged' | 'unreadable-part'
  // the reply
  | 'too-large' | 'incomplete' | 'bad-signature'
  // the way there; `server` may pass by itself, `refused` will not
  | 'offline' | 'server' | 'refused' | 'unsupported';

/** Extras come from the error body of the interface and are absent where it has none. */
export interface Problem {
  kind: ProblemKind;
  retryAt?: string;
  triesLeft?: number;
  maxBytes?: number;
  missing?: number[];
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
