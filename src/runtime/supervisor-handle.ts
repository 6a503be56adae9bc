import { childAddress, idOf, parentOf, parseAddress, whyNoId } from '../actors/address.ts';
import { judge } from '../actors/value.ts';
import { refuseLarge } from '../actors/value-size.ts';
import { PerdureError } from '../base/errors.ts';
import type { Answer, ChildView } from '../supervisor/answer.ts';
import type { ChildKey, Request } from '../supervisor/input.ts';
import { describeFailure } from '../supervisor/start-failure.ts';
import { quiet } from './actor-handle.ts';
import type { BuiltWorld } from './boot.ts';
import type { SupervisorNode } from './supervisor-node.ts';
import type { Child, ChildName, DoneAnswer, Refused, StartAnswer } from './supervisor-ref-types.ts';
import type { SystemHost } from './system.ts';
import type { AnyChild } from './tree-spec.ts';

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

  async startChild(
    id: string,
    options: { readonly template?: string; readonly input?: unknown } = {},
  ): Promise<StartAnswer> {
    const path = `startChild('${id}')`;
    const why = whyNoId(id);
    if (why !== undefined)
      throw new PerdureError('OPTION_INVALID', { path: 'startChild(id)', why });
    judge(options.input, `input of '${id}'`);
    refuseLarge(options.input, `input of '${id}'`);
    return await this.#inNode<StartAnswer>((world, node, answered) => {
      const template = templateFor(node, options, path);
      if (node.isFullFor(id)) {
        answered({ ok: false, error: 'max_children' });
        return;
      }
      const { supervision } = world;
      const newcomer = { id, template, input: options.input };
      supervision.requests.start(node, newcomer, (answer) => answered(this.#started(answer)));
    });
  }

  async terminateChild(child: ChildName): Promise<DoneAnswer> {
    return done(await this.#askAbout('terminateChild', child));
  }

  async restartChild(child: ChildName): Promise<StartAnswer> {
    return this.#started(await this.#askAbout('restartChild', child));
  }

  async deleteChild(child: ChildName): Promise<DoneAnswer> {
    return done(await this.#askAbout('deleteChild', child));
  }

  async getChildSpec(
    child: ChildName,
  ): Promise<{ ok: true; spec: AnswerOf<'spec'>['spec'] } | Refused> {
    const answer = await this.#askAbout('getChildSpec', child);
    return answer.kind === 'spec' ? { ok: true, spec: answer.spec } : refused(answer);
  }

  async whichChildren(): Promise<{ ok: true; children: readonly Child[] } | Refused<'noproc'>> {
    const answer = await this.#ask({ kind: 'whichChildren' });
    if (answer.kind !== 'children') return { ok: false, error: 'noproc' };
    return { ok: true, children: answer.children.map((child) => this.#shown(child)) };
  }

  async countChildren(): Promise<
    { ok: true; counts: AnswerOf<'counts'>['counts'] } | Refused<'noproc'>
  > {
    const answer = await this.#ask({ kind: 'countChildren' });
    return answer.kind === 'counts'
      ? { ok: true, counts: answer.counts }
      : { ok: false, error: 'noproc' };
  }

  #askAbout(kind: NamedAsk, child: ChildName): Promise<Answer> {
    const key: ChildKey | undefined =
      typeof child === 'string' ? { id: child, by: 'id' } : this.#handleOf(child.address);
    if (key === undefined) return Promise.resolve({ kind: 'refused', error: 'not_found' });
    return this.#ask({ kind, child: key });
  }

  /** What runs elsewhere is none of this supervisor's children. */
  #handleOf(address: string): ChildKey | undefined {
    parseAddress(address);
    return parentOf(address) === this.address ? { id: idOf(address), by: 'handle' } : undefined;
  }

  #ask(request: Ask): Promise<Answer> {
    return this.#inNode<Answer>(
      ({ supervision }, node, answered) => supervision.requests.ask(node, request, answered),
      { kind: 'refused', error: 'noproc' },
    );
  }

  /** Calls once the tree is up; resolves with the answer when that is durable. */
  #inNode<T>(
    call: (world: BuiltWorld, node: SupervisorNode, answered: (answer: T) => void) => void,
    noproc: T = { ok: false, error: 'noproc' } as T,
  ): Promise<T> {
    return quiet(
      new Promise((resolve, reject) => {
        this.#host.withWorld((world) => {
          const { supervision, committer, dispatcher, ports } = world;
          const answered = (answer: T): void => {
            const landed = (): void => resolve(answer);
            committer.pending.settlers.push({ landed, failed: reject });
            dispatcher.wake();
          };
          const node = supervision.nodeAt(this.address);
          if (node === undefined) answered(noproc);
          // a first turn may be taken at once: not in the async context of the caller
          else ports.executor.enter(() => call(world, node, answered));
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
      isPaused: this.#host.world?.supervision.isPaused(address) ?? false,
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

function templateFor(
  node: SupervisorNode,
  { template: named, input }: { readonly template?: string; readonly input?: unknown },
  path: string,
): AnyChild {
  const invalid = (option: string, why: string): PerdureError =>
    new PerdureError('OPTION_INVALID', { path: `${path}.${option}`, why });
  const template = node.template(named);
  if (template === undefined) {
    const known = node.settings.templates.map(({ id }) => `'${id}'`).join(', ');
    throw invalid(
      'template',
      known === '' ? 'the supervisor has no templates' : `expected ${known}`,
    );
  }
  if (input !== undefined && template.kind !== 'actor')
    throw invalid('input', 'a supervisor takes no input');
  return template;
}
