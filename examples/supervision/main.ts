/**
 * A tree of mixed strategies that is hurt on purpose, with every decision printed. In the end the ledger must
 * have counted every page, although nearly everything around it has crashed. Run: `npm run example -- supervision`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSystem } from '../../src/index.ts';
import { printDecisions } from './decisions.ts';
import { station } from './tree.ts';

const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // the decisions are printed from the events
}

const directory = await mkdtemp(join(tmpdir(), 'perdure-station-'));
const system = await createSystem({ root: station, store: directory, logger: quiet });
const counts = printDecisions(system);
const say = (text: string): void => console.log(`\n${text}`);

/** Until the tree is at rest again: the waits between restarts are short here. */
async function calm(): Promise<void> {
  await sleep(150);
}

let sent = 0;
async function measure(id: string, celsius: number): Promise<void> {
  const sensor = await system.pool('/sensors').ensureChild(id);
  const sends = sensor.send({ type: 'reading', celsius }, { until: 'applied' });
  // nonsense is parked, which is what this example is to show
  await sends.catch(() => undefined);
  if (celsius > -273.15) sent += 1;
}

say('one_for_one with a snapshot: a crash of the ledger loses no count');
await measure('north', 11);
await system.ref('/ledger').send({ type: 'break' });
await measure('north', 12);
await calm();

say('one_for_all: the cable breaks, the vane begins again too');
await system.ref('/mast/cable').send({ type: 'break' });
await calm();

say(
  'rest_for_one: the press breaks, the courier after it begins again, the power before it does not',
);
await system.ref('/office/press').send({ type: 'break' });
await measure('south', 9);
await calm();

say('killed from outside, as by an operator');
await system.kill('/office/power');
await calm();

say(
  'a sensor that sees nonsense twice is set aside; its message is kept for a person; others go on',
);
await measure('west', -300);
await calm();
await measure('west', -400);
await calm();
await measure('east', 14);

say('too many restarts of the office: it gives up, and the station restarts it as a whole');
await system.kill('/office/press');
await calm();
await measure('east', 15);
await calm();

say('work with an end: the third visit ends the survey, and the expedition with it');
for (let visit = 0; visit < 3; visit += 1)
  await system.ref('/expedition/survey').send({ type: 'visit' });
await calm();

say('what is left');
const { context } = await system.ref('/ledger').snapshot();
const children = await system.supervisor('/').whichChildren();
for (const child of children.ok ? children.children : [])
  console.log(`  ${child.address}: ${child.state}`);
const { quarantined, deadLetters } = system.health();
console.log(`  quarantined: ${quarantined}, dead letters: ${deadLetters}`);
console.log(`  decisions: ${[...counts].map(([what, n]) => `${n} ${what}`).join(', ')}`);
console.log(`  pages counted: ${context.published} of ${sent}`);

await system.stop();
await rm(directory, { recursive: true, force: true });
if (context.published !== sent || quarantined !== 1) {
  console.error('something was lost');
  process.exitCode = 1;
}
