/** How an actor ended that is taken away. */
export interface Obituary {
  readonly uid: number;
  readonly address: string;
  readonly status: string;
  /** Message of the error that ended it. */
  readonly error: string | undefined;
  /** Its last state, as the store would have had it, in memory that is used again; undefined: it had none. */
  readonly snapshot: Uint8Array | undefined;
}
