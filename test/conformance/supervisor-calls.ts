/** OTP's calls on a running system, and the answers in the words of the vectors. */
import { isPerdureError } from '../../src/base/errors.ts';
import type { SupervisorRef } from '../../src/runtime/supervisor-ref-types.ts';
import type { System } from '../../src/runtime/system-types.ts';
import type { Result, VectorCall } from '../support/otp-vectors.ts';
import { failureReason } from '../support/vector-words.ts';
import { addressOf } from './vector-path.ts';
import type { VectorTree } from './vector-tree.ts';

type AnswerOf<M extends 'startChild' | 'terminateChild' | 'getChildSpec'> = Awaited<
  ReturnType<SupervisorRef[M]>
>;

/** Takes its place among the calls at once. */
export async function callSupervisor(
  system: System | undefined,
  tree: VectorTree,
  call: VectorCall,
): Promise<Result> {
  if (system === undefined) return { ok: false, error: 'noproc' };
  try {
    return await ask(system.supervisor(addressOf(call.sup)), tree, call);
  } catch (error) {
    // a root that has ended has ended its system
    if (isPerdureError(error) && error.code === 'SYSTEM_STOPPING')
      return { ok: false, error: 'noproc' };
    throw error;
  }
}

async function ask(supervisor: SupervisorRef, tree: VectorTree, call: VectorCall): Promise<Result> {
  switch (call.fn) {
    case 'start_child': {
      const { child, label } = call;
      const template = child === undefined ? undefined : tree.templateOf(child);
      const options = template === undefined ? {} : { template };
      return startResult(await supervisor.startChild(label ?? child?.id ?? '', options));
    }
    case 'terminate_child':
      return doneResult(await supervisor.terminateChild(named(call)));
    case 'restart_child':
      return startResult(await supervisor.restartChild(named(call)));
    case 'delete_child':
      return doneResult(await supervisor.deleteChild(named(call)));
    case 'get_childspec':
      return specResult(await supervisor.getChildSpec(named(call)));
    case 'which_children': {
      const answer = await supervisor.whichChildren();
      if (!answer.ok) return answer;
      const children = answer.children.map(({ id, state, type }) => ({ id, state, type }));
      return { ok: true, children };
    }
    case 'count_children':
      return await supervisor.countChildren();
  }
}

function named({ sup, id = '', by }: VectorCall): string | { readonly address: string } {
  return by === 'handle' ? { address: addressOf(`${sup}/${id}`) } : id;
}

function startResult(answer: AnswerOf<'startChild'>): Result {
  if (answer.ok) return { ok: true, child: answer.isRunning ? 'running' : 'undefined' };
  if (!('failure' in answer)) return { ok: false, error: answer.error };
  return { ok: false, error: 'start_failed', reason: failureReason(answer.failure) };
}

function doneResult(answer: AnswerOf<'terminateChild'>): Result {
  return answer.ok ? { ok: true } : { ok: false, error: answer.error };
}

function specResult(answer: AnswerOf<'getChildSpec'>): Result {
  if (!answer.ok) return { ok: false, error: answer.error };
  const { id, type, restart, significant, shutdownMs } = answer.spec;
  return { ok: true, childspec: { id, type, restart, significant, shutdown: shutdownMs } };
}
