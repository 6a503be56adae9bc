/** The words of the OTP vectors and those of the supervisor room, each way. */
import { crash, killed, normal, shutdown, type ExitReason } from '../../src/actors/exit-reason.ts';
import type { Answer } from '../../src/supervisor/answer.ts';
import type { ChildSettings } from '../../src/supervisor/child-spec.ts';
import type { ChildKey, Request } from '../../src/supervisor/input.ts';
import type { RawChild, RawSupervisor } from '../../src/supervisor/settings-refusal.ts';
import type { StartFailure } from '../../src/supervisor/start-failure.ts';
import type { SupervisorSettings } from '../../src/supervisor/supervisor-settings.ts';
import type {
  FailureReason,
  How,
  Result,
  VectorCall,
  VectorChild,
  VectorSupervisor,
} from './otp-vectors.ts';

/** OTP's ways: what `presets.otp` stands for, as far as supervisors go. */
const asInOtp = {
  intensityScope: 'supervisor',
  onExceeded: 'escalate',
  backoff: false,
  childrenOnRestart: 'forget',
} as const;

function rawSettings(spec: VectorSupervisor): RawSupervisor {
  return {
    ...asInOtp,
    strategy: spec.strategy,
    intensity: spec.intensity,
    periodMs: spec.period * 1000,
    autoShutdown: spec.autoShutdown,
    children: spec.children.map(rawChild),
  };
}

/** As somebody wrote them: the supervisor itself refuses bad ones when it starts. */
export function settingsOf(spec: VectorSupervisor, address: string): SupervisorSettings {
  const { children, ...flags } = rawSettings(spec);
  const templates = spec.strategy === 'simple_one_for_one' ? children : [];
  return { ...flags, address, templates } as unknown as SupervisorSettings;
}

function rawChild(spec: VectorChild): RawChild {
  const { id, type, restart, significant, shutdown } = spec;
  return { id, type, restart, significant, shutdownMs: shutdown };
}

export function childSettings(spec: VectorChild): ChildSettings {
  return rawChild(spec) as ChildSettings;
}

export function requestOf(call: VectorCall, settings: SupervisorSettings): Request {
  const child: ChildKey = { id: call.id ?? '', by: call.by ?? 'id' };
  switch (call.fn) {
    case 'start_child': {
      const spec = call.child === undefined ? settings.templates[0] : childSettings(call.child);
      return { kind: 'startChild', spec: { ...spec, id: call.label ?? spec?.id } as ChildSettings };
    }
    case 'terminate_child':
      return { kind: 'terminateChild', child };
    case 'restart_child':
      return { kind: 'restartChild', child };
    case 'delete_child':
      return { kind: 'deleteChild', child };
    case 'get_childspec':
      return { kind: 'getChildSpec', child };
    case 'which_children':
      return { kind: 'whichChildren' };
    case 'count_children':
      return { kind: 'countChildren' };
  }
}

export function resultOf(answer: Answer): Result {
  switch (answer.kind) {
    case 'done':
      return { ok: true };
    case 'child':
      return { ok: true, child: answer.running ? 'running' : 'undefined' };
    case 'spec': {
      const { id, type, restart, significant, shutdownMs } = answer.spec;
      return { ok: true, childspec: { id, type, restart, significant, shutdown: shutdownMs } };
    }
    case 'children': {
      const children = answer.children.map(({ id, state, type }) => ({ id, state, type }));
      return { ok: true, children };
    }
    case 'counts':
      return { ok: true, counts: answer.counts };
    case 'startFailed':
      return { ok: false, error: 'start_failed', reason: failureReason(answer.reason) };
    case 'refused':
      return { ok: false, error: answer.error };
  }
}

export function failureReason(failure: StartFailure): FailureReason {
  switch (failure.kind) {
    case 'failed_to_start_child':
      return { failed_to_start_child: failure.child, reason: failureReason(failure.reason) };
    case 'refused': {
      const { area, fault } = failure.refusal;
      return area === 'start_spec' ? { start_spec: fault } : { supervisor_data: fault };
    }
    case 'crash':
      return failure.error.message;
    case 'normal':
    case 'shutdown':
    case 'killed':
    case 'quarantined':
      return failure.kind;
  }
}

export function exitReasonFor(how: How): ExitReason {
  switch (how) {
    case 'crash':
      return crash(new Error('crash'));
    case 'normal':
      return normal;
    case 'shutdown':
      return shutdown;
    case 'shutdown_term':
      return { kind: 'shutdown', detail: 'term' };
    case 'kill':
      return killed;
  }
}

export function reasonWord(reason: ExitReason): string {
  return reason.kind === 'shutdown' && reason.detail !== undefined ? 'shutdown_term' : reason.kind;
}
