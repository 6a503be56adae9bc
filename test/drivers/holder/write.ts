// Opens the store named by the first argument and writes batches until it is killed.
import { levelStore } from '../../../src/drivers/level-store.ts';

const store = await levelStore(process.argv[2] ?? '').open({ storeId: 'child', lockWaitMs: 0 });
for (let batch = store.highestLanded + 1; ; batch += 1) {
  const rows = store.batch();
  rows.put(`k!${String(batch).padStart(8, '0')}`, Buffer.from(String(batch)));
  const verdict = await rows.write({ sync: true, batch });
  process.stdout.write(`${verdict} ${batch}\n`);
}
