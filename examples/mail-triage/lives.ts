/** Starts the daemon, kills it when a kill is due, and starts it again until it ends by itself. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { PlannedKill } from './kill-plan.ts';
import type { Began, DaemonOptions } from './run-files.ts';
import type { Watch } from './watch.ts';

const daemonFile = new URL('./daemon.ts', import.meta.url);

/** @throws {Error} when the daemon ends otherwise than by our kill or by being done. */
export async function runLives(
  options: Omit<DaemonOptions, 'isResumed'>,
  watch: Watch,
  onChange: () => void,
): Promise<void> {
  let isResumed = false;
  while ((await runLife({ ...options, isResumed }, watch, onChange)) === 'killed') {
    watch.noteKill();
    onChange();
    isResumed = true;
  }
}

async function runLife(
  options: DaemonOptions,
  watch: Watch,
  onChange: () => void,
): Promise<'killed' | 'finished'> {
  // The flags that let this process read TypeScript (`process.execArgv`) are passed on by fork.
  const daemon = fork(daemonFile, [JSON.stringify(options)]);
  let kill: PlannedKill | undefined;
  daemon.on('message', (began: Began) => {
    const due = watch.hear(began);
    onChange();
    if (due === undefined || kill !== undefined) return;
    kill = due;
    if (due.delayMs === 0) daemon.kill('SIGKILL');
    else setTimeout(() => daemon.kill('SIGKILL'), due.delayMs);
  });

  // What the daemon said before it died may arrive after its death, but before the disconnect.
  const [[code, signal]] = await Promise.all([once(daemon, 'exit'), once(daemon, 'disconnect')]);
  if (signal === 'SIGKILL' && kill !== undefined) return 'killed';
  if (code === 0) return 'finished';
  throw new Error(`the daemon ended by itself: code ${code}, signal ${signal}`);
}
