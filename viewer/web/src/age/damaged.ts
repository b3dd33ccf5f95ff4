// The one answer to every doubt about a sealed file: flipped bit, truncation, swap, foreign key, wrong size,
// unknown format (PROMISES K2). It carries no detail, so that no page and no log can tell the cases apart.

export class Damaged extends Error {
  override readonly name = 'Damaged';
  constructor() {
    super('message damaged or changed');
  }
}

/** Runs a step whose every failure means damage. Steps that reach for the network stay outside. */
export async function orDamaged<T>(step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch {
    throw new Damaged();
  }
}
