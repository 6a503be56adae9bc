/** Scenarios that broke a law once: each is played again in every run of the tests. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './program.ts';

const directory = join(import.meta.dirname, 'cases');

export interface Case {
  /** What was wrong, in a few words. */
  readonly name: string;
  readonly program: Program;
}

export function readCases(): Case[] {
  mkdirSync(directory, { recursive: true });
  return readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Case);
}

/** @returns where it was written */
export function writeCase(file: string, given: Case): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${file}.json`);
  writeFileSync(path, `${JSON.stringify(given, undefined, 2)}\n`);
  return path;
}
