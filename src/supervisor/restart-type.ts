import { isNormal, type ExitReason } from '../actors/exit-reason.ts';
import type { RestartType } from './child-spec.ts';

/** What becomes of a child that ended by itself. `keep`: its spec stays, nothing runs. */
export type AfterExit = 'restart' | 'keep' | 'forget';

/**
 * The table of Erlang/OTP (`supervisor:do_restart/3`):
 *
 * | restart type | normal reason | abnormal reason |
 * |---|---|---|
 * | permanent | restart | restart |
 * | transient | keep | restart |
 * | temporary | forget | forget |
 */
export function afterExit(restart: RestartType, reason: ExitReason): AfterExit {
  switch (restart) {
    case 'permanent':
      return 'restart';
    case 'transient':
      return isNormal(reason) ? 'keep' : 'restart';
    case 'temporary':
      return 'forget';
  }
}
