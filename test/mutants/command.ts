import { spawn } from 'node:child_process';

export interface Ended {
  /** undefined: it was ended because its time was over. */
  readonly code: number | undefined;
  /** Both streams, as they came. */
  readonly output: string;
  readonly ms: number;
}

/** Runs a command with all that it starts, for so long at most. */
export function run(
  [file = '', ...args]: readonly string[],
  options: { readonly cwd: string; readonly limitMs: number },
): Promise<Ended> {
  const startedMs = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      // a group of its own: test runners start processes that outlive them
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output += text;
      });
    }
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      endGroup(child.pid);
    }, options.limitMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(limit);
      endGroup(child.pid);
      resolve({ code: isLate ? undefined : (code ?? 1), output, ms: Date.now() - startedMs });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
