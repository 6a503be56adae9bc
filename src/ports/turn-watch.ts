/** Watches turns from where a turn that never returns cannot keep it from acting: another thread. */
export interface WatchOptions {
  /** How long one turn may last before it is reported. */
  readonly turnMs: number;
  /** `report`: one line on stderr. `kill`: also ends the process by SIGKILL. */
  readonly onStuck: 'report' | 'kill';
}

export interface TurnWatch {
  /** A turn begins; the one before it is over. */
  begin(uid: number, position: number, address: string, event: string): void;
  /** No turn runs. */
  end(): void;
  close(): void;
}
