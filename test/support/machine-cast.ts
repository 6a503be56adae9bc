/** The actors of a program, made once for all runs of it. */
import { actor, supervisor } from '../../src/index.ts';
import type { AnyRoot } from '../../src/runtime/system-types.ts';
import { oracleOf } from './machine-children.ts';
import type { Outside } from './machine-context.ts';
import type { Program } from './machine-family.ts';
import { machineOf } from './machine-of.ts';

export interface Cast {
  readonly root: AnyRoot;
  /** Of the run that is going on. */
  outside: Outside | undefined;
}

export function castOf(program: Program): Cast {
  const current = (): Outside => {
    if (cast.outside === undefined) throw new Error('no run is going on');
    return cast.outside;
  };
  const outside: Outside = {
    hit: (feature) => current().hit(feature),
    stepped: (args) => current().stepped(args),
    acted: (by, mark) => current().acted(by, mark),
  };
  const cast: Cast = {
    outside: undefined,
    root: supervisor('root', {
      intensity: 1_000,
      backoff: false,
      attemptsMax: 2,
      children: [
        actor('oracle', oracleOf()),
        ...(['a', 'b'] as const).map((name) =>
          actor(name, machineOf(name, program[name], outside), { history: program[name].history }),
        ),
      ],
    } as never) as AnyRoot,
  };
  return cast;
}
