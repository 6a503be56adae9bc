import { childAddress, idOf, parentOf, parseAddress, whyNoId } from '../actors/address.ts';
import { judge } from '../actors/value.ts';
import { refuseLarge } from '../actors/value-size.ts';
import { newChildOptionsSchema } from '../base/call-options.ts';
import { PerdureError } from '../base/errors.ts';
import { readOptions } from '../base/option-reading.ts';
import type { Answer, ChildView } from '../supervisor/answer.ts';
import type { ChildKey, Request } from '../supervisor/input.ts';
import { describeFailure } from '../supervisor/start-failure.ts';
import { quiet } from './actor-handle.ts';
import type { BuiltWorld } from './boot.ts';
import type { SupervisorNode } from './supervisor-node.ts';
import type { Child, ChildName, DoneAnswer, Refused, StartAnswer } from './supervisor-ref-types.ts';
import type { NewcomerInput } from './supervisor-requests.ts';
import type { SystemHost } from './system.ts';

type Ask = Exclude<Request, { kind: 'startChild' }>;
type NamedAsk = Extract<Ask, { child: ChildKey }>['kind'];
type AnswerOf<K extends Answer['kind']> = Extract<Answer, { kind: K }>;

/** The handle behind `SupervisorRef`. */
export class SupervisorHandle {
  readonly address: string;
  readonly #host: SystemHost;

  constructor(host: SystemHost, address: string) {
    parseAddress(address);
    this.#host = host;
    this.address = address;
  }

  startChild(
    id: string,
    options: { readonly template?: string; readonly input?: unknown } = {},
  ): Promise<StartAnswer> {
    return this.#inNode<StartAnswer>((world, node, answered, lost) => {
      const { supervision } = world;
      const newcomer = checkedNewcomer(node, id, options);
      if (node.isFullFor(id)) answered({ ok: false, error: 'max_children' });
      else {
        const told = (answer: Answer): void => answered(this.#started(answer));
        supervision.requests.start(node, newcomer, { answered: told, lost });
      }
    });
  }

  terminateChild(child: ChildName): Promise<DoneAnswer> {
    return this.#askAbout('terminateChild', child, done);
  }

  restartChild(child: ChildName): Promise<StartAnswer> {
    return this.#askAbout('restartChild', child, (answer) => this.#started(answer));
  }

  deleteChild(child: ChildName): Promise<DoneAnswer> {
    return this.#askAbout('deleteChild', child, done);
  }

  getChildSpec(child: ChildName): Promise<{ ok: true; spec: AnswerOf<'spec'>['spec'] } | Refused> {
    return this.#askAbout('getChildSpec', child, (answer) =>
      answer.kind === 'spec' ? { ok: true, spec: answer.spec } : refused(answer),
    );
  }

  whichChildren(): Promise<{ ok: true; children: readonly Child[] } | Refused<'noproc'>> {
    return this.#ask({ kind: 'whichChildren' }, (answer) =>
      answer.kind === 'children'
        ? { ok: true, children: answer.children.map((child) => this.#shown(child)) }
        : noproc,
    );
  }

  countChildren(): Promise<{ ok: true; counts: AnswerOf<'counts'>['counts'] } | Refused<'noproc'>> {
    return this.#ask({ kind: 'countChildren' }, (answer) =>
      answer.kind === 'counts' ? { ok: true, counts: answer.counts } : noproc,
    );
  }

  #askAbout<T>(kind: NamedAsk, child: ChildName, told: (answer: Answer) => T): Promise<T> {
    return this.#inNode<T>(({ supervision }, node, answered, lost) => {
      const key = this.#keyOf(kind, child);
      const answer = (given: Answer): void => answered(told(given));
      if (key === undefined) answer({ kind: 'refused', error: 'not_found' });
      else supervision.requests.ask(node, { kind, child: key }, { answered: answer, lost });
    });
  }

  #keyOf(call: NamedAsk, child: ChildName | null | undefined): ChildKey | undefined {
    if (typeof child === 'string') return { id: child, by: 'id' };
    if (typeof child === 'object' && child !== null) return this.#handleOf(child.address);
    const why = `expected the id of a child, or a ref to it, not ${typeof child}`;
    throw new PerdureError('OPTION_INVALID', { path: `${call}(child)`, why });
  }

  /** What runs elsewhere is none of this supervisor's children. */
  #handleOf(address: string): ChildKey | undefined {
    parseAddress(address);
    return parentOf(address) === this.address ? { id: idOf(address), by: 'handle' } : undefined;
  }

  #ask<T>(request: Ask, told: (answer: Answer) => T): Promise<T> {
    return this.#inNode<T>(({ supervision }, node, answered, lost) =>
      supervision.requests.ask(node, request, {
        answered: (answer) => answered(told(answer)),
        lost,
      }),
    );
  }

  /** Calls once the tree is up; resolves with the answer when that is durable. */
  #inNode<T>(
    call: (
      world: BuiltWorld,
      node: SupervisorNode,
      answered: (answer: T) => void,
      lost: (error: Error) => void,
    ) => void,
  ): Promise<T> {
    return quiet(
      new Promise((resolve, reject) => {
        this.#host.withWorld((world) => {
          const { supervision, committer, dispatcher } = world;
          const answered = (answer: T): void => {
            const landed = (): void => resolve(answer);
            committer.pending.settlers.push({ landed, failed: reject });
            dispatcher.wake();
          };
          const node = supervision.nodeAt(this.address);
          if (node === undefined) answered(noproc as T);
          else call(world, node, answered, reject);
        }, reject);
      }),
    );
  }

  #started(answer: Answer): StartAnswer {
    if (answer.kind === 'startFailed') {
      const { reason: failure } = answer;
      return { ok: false, error: 'start_failed', reason: describeFailure(failure), failure };
    }
    if (answer.kind !== 'child') return refused(answer);
    const address = childAddress(this.address, answer.id);
    return { ok: true, address, isRunning: answer.running };
  }

  #shown(child: ChildView): Child {
    const address = childAddress(this.address, child.id);
    return {
      ...child,
      address,
      isPaused: this.#host.world?.pauses.holds(address) ?? false,
    };
  }
}

function done(answer: Answer): DoneAnswer {
  return answer.kind === 'done' ? { ok: true } : refused(answer);
}

/** A call that was served is answered by its own kind of answer, or refused. */
function refused(answer: Answer): Refused {
  return { ok: false, error: answer.kind === 'refused' ? answer.error : 'noproc' };
}

const noproc: Refused<'noproc'> = Object.freeze({ ok: false, error: 'noproc' });

function checkedNewcomer(
  node: SupervisorNode,
  id: string,
  given: { readonly template?: string; readonly input?: unknown },
): NewcomerInput {
  const invalid = (option: string, why: string): PerdureError =>
    new PerdureError('OPTION_INVALID', { path: `startChild('${id}')${option}`, why });
  const whyNot = whyNoId(id);
  if (whyNot !== undefined) throw invalid('', whyNot);
  const path = `startChild('${id}')`;
  const { template: named, input } = readOptions(path, newChildOptionsSchema, given);
  const template = node.template(named);
  if (template === undefined) {
    const known = node.settings.templates.map((each) => `'${each.id}'`).join(', ');
    const why = known === '' ? 'the supervisor has no templates' : `expected ${known}`;
    throw invalid('.template', why);
  }
  if (input !== undefined && template.kind !== 'actor')
    throw invalid('.input', 'a supervisor takes no input');
  judge(input, `input of '${id}'`);
  refuseLarge(input, `input of '${id}'`);
  return { id, template, input };
}
