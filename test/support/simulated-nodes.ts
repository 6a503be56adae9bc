/** What is alive in a simulated tree. */
import type { SupervisorState } from '../../src/supervisor/state.ts';
import type { SupervisorSettings } from '../../src/supervisor/supervisor-settings.ts';
import type { VectorChild, VectorSupervisor, VectorWorker } from './otp-vectors.ts';

export interface WorkerNode {
  readonly kind: 'worker';
  readonly path: string;
  readonly id: string;
  readonly spec: VectorWorker;
  readonly parent: SupervisorNode;
  incarnation: number;
  n: number;
}

export interface SupervisorNode {
  readonly kind: 'supervisor';
  readonly path: string;
  readonly id: string;
  readonly spec: VectorSupervisor;
  readonly settings: SupervisorSettings;
  readonly parent: SupervisorNode | undefined;
  readonly state: SupervisorState;
  /** What runs or is starting, by id. */
  readonly nodes: Map<string, WorkerNode | SupervisorNode>;
  /** Specs of children that were added. */
  readonly added: Map<string, VectorChild>;
  incarnation: number;
  n: number;
}
