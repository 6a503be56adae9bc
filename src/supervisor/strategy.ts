/** Which children a restart hits. */
import type { Strategy } from './supervisor-settings.ts';

/**
 * The ids that are stopped (in reverse) and started again (in this order) when `child` is restarted, in
 * start order. Erlang/OTP: `supervisor:restart/3`.
 *
 * | strategy | group |
 * |---|---|
 * | one_for_one, simple_one_for_one | the child |
 * | one_for_all | every child |
 * | rest_for_one | the child and those after it in start order |
 *
 * @param ids - all children in start order; not read for the first row, which has to be cheap
 */
export function groupOf(strategy: Strategy, ids: Iterable<string>, child: string): string[] {
  switch (strategy) {
    case 'one_for_one':
    case 'simple_one_for_one':
      return [child];
    case 'one_for_all':
      return [...ids];
    case 'rest_for_one': {
      const all = [...ids];
      const first = all.indexOf(child);
      return first === -1 ? [] : all.slice(first);
    }
  }
}
