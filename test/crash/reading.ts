/** Reads what the actors know, through the public API. */
import type { System } from '../../src/runtime/system-types.ts';
import type { ActorReport, Heard, Report, StoredEmission } from './messages.ts';
import type { Tree } from './tree.ts';

export async function reportOf(system: System<Tree>): Promise<Report> {
  const { deadLetters, quarantined, orphans } = system.health();
  return { actors: await actorsOf(system), deadLetters, quarantined, orphans };
}

async function actorsOf(system: System<Tree>): Promise<Record<string, ActorReport>> {
  const [a, b, relay, recorder, delayer, nursery, asker, oracle, sink] = await Promise.all([
    system.ref('/a').snapshot(),
    system.ref('/b').snapshot(),
    system.ref('/relay').snapshot(),
    system.ref('/crew/recorder').snapshot(),
    system.ref('/crew/delayer').snapshot(),
    system.ref('/crew/nursery').snapshot(),
    system.ref('/crew/asker').snapshot(),
    system.ref('/oracle').snapshot(),
    system.ref('/sink').snapshot(),
  ]);
  const { streams, returned, queue, index } = recorder.context;
  return {
    a: { streams: a.context.streams },
    b: { streams: b.context.streams },
    relay: { streams: relay.context.streams, chain: relay.context.chain },
    recorder: {
      streams,
      returned,
      open: queue.length,
      chain: String(index),
    },
    delayer: { streams: delayer.context.streams, bags: { due: delayer.context.due } },
    nursery: {
      streams: nursery.context.streams,
      bags: { done: nursery.context.done },
      open: nursery.context.open + Object.keys(nursery.children).length,
    },
    asker: {
      streams: asker.context.streams,
      returned: asker.context.returned,
      open: asker.context.open,
      faults: asker.context.faults,
    },
    oracle: { streams: oracle.context.streams },
    sink: { streams: sink.context.streams, bags: { late: sink.context.late } },
  };
}

/** All that an actor ever emitted, read back by position. */
export async function emissionsOf(
  system: System<Tree>,
  actor: Heard['actor'],
): Promise<readonly StoredEmission[]> {
  const found: StoredEmission[] = [];
  const stored =
    actor === 'relay'
      ? system.ref('/relay').emitted({ from: 1, follow: false })
      : system.ref('/crew/recorder').emitted({ from: 1, follow: false });
  for await (const { position, event } of stored) {
    const { index, source, n } = event;
    found.push({ position, heard: { actor, index, source, n } });
  }
  return found;
}
