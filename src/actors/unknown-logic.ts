import { fromTransition } from 'xstate';
import { RegisteredLogic } from './registration.ts';

/** Stands in for the logic of a stored actor that the code no longer has. It never takes a turn. */
export function unknownLogic(id: string): RegisteredLogic {
  const logic = fromTransition((state: undefined) => state, undefined);
  return new RegisteredLogic({
    id,
    kind: 'transition',
    logic,
    inlineActions: [],
    children: new Map(),
  });
}
