/** Everything in the code is checked before the store is touched. */
import { childAddress, rootAddress } from '../actors/address.ts';
import { judge } from '../actors/value.ts';
import { refuseLarge } from '../actors/value-size.ts';
import { isPerdureError, PerdureError, reasonOf } from '../base/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { LogicRegistry } from './boot.ts';
import type { SupervisingSpec } from './supervisor-node.ts';
import type { AnyChild } from './tree-spec.ts';

/**
 * @throws PerdureError MACHINE_NOT_DURABLE; NAME_TAKEN for a name that two actors of the tree bear;
 * OPTION_INVALID for a name below a template, an input that cannot be stored, and for a root that is told how to
 * be restarted
 */
export function registerTree(root: SupervisingSpec, registry: LogicRegistry, logger: Logger): void {
  refusePlace(root);
  const names = new Map<string, string>();
  const register = (spec: AnyChild, address: string, isTemplate: boolean): void => {
    if (spec.kind === 'supervisor') {
      for (const child of spec.children as readonly AnyChild[])
        register(child, childAddress(address, child.id), isTemplate);
      for (const template of spec.templates as readonly AnyChild[])
        register(template, childAddress(address, template.id), true);
      return;
    }
    if (spec.kind === 'pool') {
      register(spec.template, address, true);
      return;
    }
    const { inlineActions, canFinish } = registry.of(spec.logic as object, spec.id);
    if (inlineActions.length > 0) {
      logger.warn(
        { actor: address, actions: inlineActions },
        'inline actions run at most once: name them in setup({ actions })',
      );
    }
    const { name, restart, input } = spec.settings;
    refuseUnstorable(input, spec.id, address);
    if (name !== undefined && isTemplate) {
      const why = `below the template at ${address} each child would want it; leave it out`;
      throw new PerdureError('OPTION_INVALID', { path: `actor('${spec.id}').name`, why });
    }
    if (name !== undefined) claim(names, name, address);
    if (!isTemplate && canFinish && restart === 'permanent') {
      logger.warn(
        { actor: address },
        "a permanent actor that reaches its final state is started again: did you mean restart: 'transient'?",
      );
    }
  };
  register(root, rootAddress, false);
}

/** The input of an actor of the tree is written with its birth. */
function refuseUnstorable(input: unknown, id: string, address: string): void {
  try {
    judge(input, 'input');
    refuseLarge(input, 'input');
  } catch (error) {
    const facts = isPerdureError(error) ? (error.facts as { path?: string; why?: string }) : {};
    const { path = 'input', why = reasonOf(error) } = facts;
    throw new PerdureError(
      'OPTION_INVALID',
      {
        path: `actor('${id}').${path}`,
        why: `the actor at ${address} cannot store it as its input: ${why}`,
      },
      { cause: error },
    );
  }
}

function refusePlace({ id, place }: SupervisingSpec): void {
  const { restart, shutdownMs, significant } = place;
  const given = {
    restart: restart !== 'permanent',
    shutdownMs: shutdownMs !== 'infinity',
    significant,
  };
  const [option] = Object.entries(given).find(([, isGiven]) => isGiven) ?? [];
  if (option === undefined) return;
  const why = 'the root has no supervisor that could heed it; leave it out';
  throw new PerdureError('OPTION_INVALID', { path: `supervisor('${id}').${option}`, why });
}

function claim(names: Map<string, string>, name: string, address: string): void {
  const holder = names.get(name);
  if (holder !== undefined) throw new PerdureError('NAME_TAKEN', { name, address: holder });
  names.set(name, address);
}
