// Holds the LevelDB directory named by the first argument until it is killed or stdin ends.
import { ClassicLevel } from 'classic-level';

const level = new ClassicLevel(process.argv[2], { createIfMissing: true });
await level.open();
process.stdin.resume();
process.stdin.on('end', () => process.exit());
process.stdout.write('held\n');
