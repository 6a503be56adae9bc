// A process that owns a store: `owner.ts DIRECTORY`. Counts up, one message at a time, until it is killed.
import { actor, createSystem, supervisor } from '../../src/index.ts';
import { counter } from '../runtime/machines.ts';

const silence = (): void => undefined;
const system = await createSystem({
  root: supervisor('app', { children: [actor('counter', counter, { restart: 'transient' })] }),
  store: process.argv[2] ?? '',
  logger: { debug: silence, info: silence, warn: silence, error: silence },
});
for (let n = 1; ; n += 1) {
  await system.ref('/counter').send({ type: 'add', n });
  console.log(`acknowledged ${n}`);
}
