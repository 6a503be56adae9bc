/**
 * `owner.json`: who holds the directory, for the message to whoever comes second. What excludes others
 * is LevelDB's lock; this file is stale after a kill, and never believed when that lock is free.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

export interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
  readonly epoch: number;
  /** Tells this process from an earlier one with its pid. */
  readonly process: string;
}

/** Processes of one pid started closer to each other are not told apart where there is no `/proc`. */
const START_RESOLUTION_MS = 2_000;

function fileOf(directory: string): string {
  return join(directory, 'owner.json');
}

export function writeOwner(directory: string, epoch: number): void {
  const owner: Owner = {
    pid: process.pid,
    host: hostname(),
    startedAt: new Date().toISOString(),
    epoch,
    process: processMark(),
  };
  writeFileSync(fileOf(directory), `${JSON.stringify(owner)}\n`);
}

/**
 * Undefined too if the file cannot be understood: it may be half written.
 *
 * @throws if no descriptor is left to read it with
 */
export function readOwner(directory: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(fileOf(directory), 'utf8')) as Partial<Owner> | null;
    return typeof owner?.pid === 'number' && typeof owner.host === 'string'
      ? (owner as Owner)
      : undefined;
  } catch (error) {
    if (lacksDescriptors(error)) throw error;
    return undefined;
  }
}

/** Only if it is still the one of this epoch: another process may have opened meanwhile. */
export function removeOwner(directory: string, epoch: number): void {
  if (mayBeOurs(directory, epoch)) rmSync(fileOf(directory), { force: true });
}

/** Who holds the directory, if that can be told. */
export function describeHolder(directory: string): string {
  try {
    const owner = readOwner(directory);
    if (owner !== undefined)
      return `process ${owner.pid} on ${owner.host}, opened at ${owner.startedAt}`;
  } catch {
    // That it is held is known, and worth more than the name.
  }
  return 'another process';
}

/**
 * Whether another thread or realm of this very process holds the directory: those do not share
 * `globalThis` with us, but they share the lock that a failed open would drop.
 */
export function isHeldBySelf(owner: Owner | undefined): boolean {
  if (owner?.pid !== process.pid || owner.host !== hostname()) return false;
  const mine = processMark();
  if (owner.process === mine) return true;
  const [theirMs, myMs] = [Number(owner.process), Number(mine)];
  return Math.abs(theirMs - myMs) < START_RESOLUTION_MS;
}

/** What cannot be read counts as ours: left behind, it would shut this process out as long as it lives. */
function mayBeOurs(directory: string, epoch: number): boolean {
  try {
    const owner = readOwner(directory);
    return isHeldBySelf(owner) && owner?.epoch === epoch;
  } catch {
    return true;
  }
}

function lacksDescriptors(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE';
}

/** When this process started: in ticks since boot if the system tells, else in ms, roughly. */
function processMark(): string {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // Field 22; the name in field 2 may hold blanks, so fields are counted from its closing bracket.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    if (ticks !== undefined) return `ticks:${ticks}`;
  } catch (error) {
    // The two ways cannot be compared: one process must not use both.
    if (lacksDescriptors(error)) throw error;
    // No /proc on this system: the other way follows.
  }
  return String(Math.round(Date.now() - process.uptime() * 1_000));
}
