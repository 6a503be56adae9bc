/**
 * Who wants to be told when the process exits. One listener for all, there only while somebody wants it; it
 * writes what it is told to write and changes nothing of how the process ends, also when that fails.
 */
const calls = new Set<() => void>();

function onExit(): void {
  for (const call of calls) {
    try {
      call();
    } catch {
      // a throw in here would become the process's end, and nobody is left to tell
    }
  }
}

/** Returns how to leave. */
export function onProcessExit(call: () => void): () => void {
  if (calls.size === 0) process.on('exit', onExit);
  calls.add(call);
  return () => {
    calls.delete(call);
    if (calls.size === 0) process.off('exit', onExit);
  };
}
