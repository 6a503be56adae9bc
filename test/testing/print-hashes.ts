/** Prints the hash of one seeded run for each seed in the arguments, as JSON. */
import { hashOf } from './seeded-run.ts';

const hashes: string[] = [];
for (const seed of process.argv.slice(2)) hashes.push(await hashOf(Number(seed)));
console.log(JSON.stringify(hashes));
