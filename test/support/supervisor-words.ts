/** Commands and answers as people would say them. */
import type { Answer } from '../../src/supervisor/answer.ts';
import type { Command } from '../../src/supervisor/command.ts';
import { describeFailure } from '../../src/supervisor/start-failure.ts';

/** Decisions in brackets; answers are left out. */
export function commandInWords(command: Command, nowMs: number): string | undefined {
  switch (command.kind) {
    case 'startChild':
      return `${command.as} ${command.child}#${command.incarnation}`;
    case 'stopChild':
      return `stop ${command.child}#${command.incarnation}`;
    case 'retryAt':
      return `retry ${command.child} in ${command.atMs - nowMs}`;
    case 'forgetChild':
      return `forget ${command.child}: ${command.why}`;
    case 'quarantineChild':
      return `quarantine ${command.child}`;
    case 'started':
      return 'up';
    case 'startFailed':
      return `failed: ${describeFailure(command.reason)}`;
    case 'exited':
      return `exited: ${command.reason.kind}${command.cause === undefined ? '' : `, ${command.cause.kind} by ${command.cause.child}`}`;
    case 'decided':
      return `[${command.decision} ${command.child}, ${command.restarts} in window]`;
    case 'answer':
      return undefined;
  }
}

export function answerInWords(given: Answer): string {
  switch (given.kind) {
    case 'done':
      return 'done';
    case 'child':
      return given.running ? `running #${given.incarnation}` : 'ignored';
    case 'spec':
      return `spec of ${given.spec.id}`;
    case 'children':
      return given.children.map(({ id, state }) => `${id} ${state}`).join(', ');
    case 'counts': {
      const { specs, active, supervisors, workers } = given.counts;
      return `${specs} specs, ${active} active, ${supervisors} supervisors, ${workers} workers`;
    }
    case 'startFailed':
      return `start failed: ${describeFailure(given.reason)}`;
    case 'refused':
      return given.error;
  }
}
