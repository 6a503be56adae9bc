/** Everything in the code is checked before the store is touched. */
import { childAddress, rootAddress } from '../actors/address.ts';
import { PerdureError } from '../base/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { LogicRegistry } from './boot.ts';
import type { SupervisingSpec } from './supervisor-node.ts';
import type { AnyChild } from './tree-spec.ts';

/** @throws PerdureError MACHINE_NOT_DURABLE; NAME_TAKEN for a name that two actors of the tree bear */
export function registerTree(root: SupervisingSpec, registry: LogicRegistry, logger: Logger): void {
  const names = new Map<string, string>();
  const register = (spec: AnyChild, address: string): void => {
    if (spec.kind === 'supervisor') {
      for (const child of spec.children as readonly AnyChild[]) {
        register(child, childAddress(address, child.id));
      }
      return;
    }
    const { inlineActions, canFinish } = registry.of(spec.logic as object, spec.id);
    if (inlineActions.length > 0) {
      logger.warn(
        { actor: address, actions: inlineActions },
        'inline actions run at most once: name them in setup({ actions })',
      );
    }
    if (spec.kind === 'pool') return;
    const { name, restart } = spec.settings;
    if (name !== undefined) claim(names, name, address);
    if (canFinish && restart === 'permanent') {
      logger.warn(
        { actor: address },
        "a permanent actor that reaches its final state is started again: did you mean restart: 'transient'?",
      );
    }
  };
  register(root, rootAddress);
}

function claim(names: Map<string, string>, name: string, address: string): void {
  const holder = names.get(name);
  if (holder !== undefined) throw new PerdureError('NAME_TAKEN', { name, address: holder });
  names.set(name, address);
}
