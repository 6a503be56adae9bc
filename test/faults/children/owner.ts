/** `owner.ts DIRECTORY`: sends numbers until its stdin ends, and says which were accepted. */
import { actor, createSystem, supervisor } from '../../../src/index.ts';
import { counter } from '../../runtime/machines.ts';

/** Some are on their way whenever it is stopped. */
const WINDOW = 8;

const [directory = ''] = process.argv.slice(2);
const silent = (): void => undefined;
const system = await createSystem({
  root: supervisor('app', { children: [actor('counter', counter, { restart: 'transient' })] }),
  store: directory,
  logger: { debug: silent, info: silent, warn: silent, error: silent },
});
let isOver = false;
let last = 0;
process.stdin.resume().on('end', () => {
  isOver = true;
});

async function sends(): Promise<void> {
  while (!isOver) {
    last += 1;
    const n = last;
    await system.ref('/counter').send({ type: 'add', n });
    process.stdout.write(`${n}\n`);
  }
}

await Promise.all(Array.from({ length: WINDOW }, sends));
await system.stop();
