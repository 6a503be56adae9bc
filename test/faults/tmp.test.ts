import { it, expect } from 'vitest';
import { assign, setup } from 'xstate';
import { actor, supervisor } from '../../src/index.ts';
import { StoreLab } from './store-lab.ts';
it('x', async () => {
  const m = setup({ types: { context: {} as { m: Map<string, number>; n: number }, events: {} as { type: 'n' } } }).createMachine({
    id: 'm', context: () => ({ m: new Map([['a', 1]]), n: 0 }), on: { n: { actions: assign({ n: ({ context }) => context.n + 1 }) } } });
  const tree = supervisor('app', { children: [actor('m', m)] });
  const lab = new StoreLab();
  const s = await lab.open(tree);
  (await s.ref('/m').snapshot()).context.m.set('evil', 2);
  await s.ref('/m').send({ type: 'n' }, { until: 'applied' });
  await s.stop();
  const t = await lab.open(tree);
  console.log((await t.ref('/m').snapshot()).context);
  await lab.dispose();
});
