/**
 * One turn that takes the time of its message: `stuck.ts DIRECTORY TURN_MS MS`. Says `turn` when it begins and
 * `over` when it came back.
 */
import { writeSync } from 'node:fs';
import { assign, setup } from 'xstate';
import { actor, createSystem, supervisor } from '../../src/index.ts';

const [directory = '', turnMs = '', ms = ''] = process.argv.slice(2);

function block(): void {
  // time of the processor: none passes while the process is stopped
  const usedUs = (): number => process.cpuUsage().user + process.cpuUsage().system;
  const untilUs = usedUs() + Number(ms) * 1_000;
  while (usedUs() < untilUs) Math.sqrt(2);
}

const clerk = setup({ types: { events: {} as { type: 'do' } } }).createMachine({
  id: 'clerk',
  context: {},
  on: {
    do: {
      actions: assign(() => {
        writeSync(1, 'turn\n');
        block();
        return {};
      }),
    },
  },
});

const system = await createSystem({
  root: supervisor('stuck', { children: [actor('a', clerk)] }),
  store: directory,
  durability: 'os',
  logger: { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 } as never,
  watchdog: { turnMs: Number(turnMs), onStuck: 'kill' },
});
await system.ref('/a').send({ type: 'do' }, { until: 'applied' });
writeSync(1, 'over\n');
await system.stop();
