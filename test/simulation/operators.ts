/** Operators and their tools, and what they see of the tree. */
import { childAddress } from '../../src/actors/address.ts';
import type { Child } from '../../src/runtime/supervisor-ref-types.ts';
import type { System } from '../../src/runtime/system-types.ts';
import type { Landed } from './landed.ts';
import type { Laws } from './laws.ts';
import type { OperatorCall, SupervisorCall } from './program.ts';
import type { TreeWatch } from './tree-watch.ts';
import { INSTANCES, type Tree } from './tree.ts';

export class Operators {
  /** Ids of messages whose dead letters were dropped. */
  readonly dropped = new Set<string>();
  readonly #tree: Tree;
  readonly #watch: TreeWatch;
  readonly #landed: Landed;
  readonly #unexpected: (error: unknown) => void;

  constructor(tree: Tree, watch: TreeWatch, landed: Landed, unexpected: (error: unknown) => void) {
    this.#tree = tree;
    this.#watch = watch;
    this.#landed = landed;
    this.#unexpected = unexpected;
  }

  call(system: System, call: OperatorCall, address: string): void {
    if (call === 'reset' || call === 'terminate') this.#watch.asked(address);
    this.#heard(system[call](address));
  }

  supervisor(system: System, call: SupervisorCall, at: number): void {
    const { supervisors } = this.#tree;
    const { address, children } = supervisors[at % supervisors.length] as Tree['supervisors'][0];
    const id = children[at % Math.max(1, children.length)];
    if (id === undefined) return;
    if (call === 'terminateChild') this.#watch.asked(childAddress(address, id));
    this.#heard(system.supervisor(address)[call](id));
  }

  start(system: System, pool: number, number: number): void {
    const { pools } = this.#tree;
    const address = pools[pool % Math.max(1, pools.length)];
    if (address === undefined) return;
    const untyped = system as unknown as {
      pool(at: string): { startChild(id: string): Promise<unknown> };
    };
    this.#heard(untyped.pool(address).startChild(`i${number % INSTANCES}`));
  }

  /** Every instance that messages go to. */
  startAll(system: System): void {
    for (const pool of this.#tree.pools.keys())
      for (let number = 0; number < INSTANCES; number += 1) this.start(system, pool, number);
  }

  async letter(system: System, call: 'retry' | 'drop'): Promise<void> {
    const [[key] = [undefined]] = [...this.#landed.letters];
    if (key === undefined) return;
    const id = this.#landed.letters.get(key) as string;
    if (call === 'drop' && this.#landed.dead.has(id)) this.dropped.add(id);
    this.#heard(system.deadLetters[call](Number.parseInt(key.slice(2), 16)));
    await Promise.resolve();
  }

  /** Goes on with everything that was stopped by somebody. */
  async revive(system: System, rest: () => Promise<void>): Promise<void> {
    for (const address of system.health().paused) this.#heard(system.resume(address));
    for (const { address, children } of this.#tree.supervisors) {
      for (const id of children) this.#heard(system.supervisor(address).restartChild(id));
      await rest();
    }
  }

  /** Who is permanent runs, before anybody helps, unless somebody asked for its end. */
  async refuseDown(system: System, laws: Laws, rest: () => Promise<void>): Promise<void> {
    for (const { address, permanent } of this.#tree.supervisors) {
      let children: readonly Child[] = [];
      // a write that fails just now takes the answer along
      this.#heard(
        system
          .supervisor(address)
          .whichChildren()
          .then((answer) => {
            if (answer.ok) children = answer.children;
          }),
      );
      await rest();
      for (const { id, state, address: child } of children) {
        if (!permanent.includes(id) || this.#watch.wasAsked(child)) continue;
        laws.check('G6', state === 'running', () => `${child} is permanent, and ${state}`);
      }
    }
  }

  #heard(call: Promise<unknown>): void {
    call.catch((error: unknown) => {
      if ((error as { code?: string }).code === undefined) this.#unexpected(error);
    });
  }
}
