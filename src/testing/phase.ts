/** Where in its work a process was when it died. */
export const phases = [
  'turn',
  'batch',
  'between batches',
  'effect',
  'recovery',
  'shutdown',
] as const;
export type Phase = (typeof phases)[number];
