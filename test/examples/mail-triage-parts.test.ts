import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { train, trainOnFirst } from '../../examples/mail-triage/classifier.ts';
import { acknowledgeEarly, openLedger, readLedger } from '../../examples/mail-triage/ledger.ts';
import { mailCount, readMail } from '../../examples/mail-triage/mails.ts';
import { readOptions } from '../../examples/mail-triage/options.ts';

describe('readMail', () => {
  it('finds spam and ham in any first part of the corpus, as in the whole', async () => {
    const mails = await Promise.all(
      Array.from({ length: 60 }, async (_, item) => await readMail(item)),
    );
    const spam = mails.filter(({ truth }) => truth === 'spam').length;
    expect(spam).toBeGreaterThan(12);
    expect(spam).toBeLessThan(30);
  });

  it('gives little text, in plain characters', async () => {
    for (let item = 0; item < 60; item++) {
      const { text } = await readMail(item);
      expect(text).toMatch(/^[\x20-\x7e]*$/);
      expect(text.length).toBeLessThan(4_096);
    }
  });

  it('knows 6,046 mails and refuses to read beyond the last', async () => {
    expect(mailCount).toBe(6_046);
    await expect(readMail(Number.NaN)).rejects.toThrow(RangeError);
  });
});

describe('train', () => {
  const classify = train([
    { text: 'cheap pills and watches, buy now, no prescription, free shipping', truth: 'spam' },
    { text: 'minutes of the last meeting, please review before the next one', truth: 'ham' },
  ]);

  it('tells what it was taught apart', () => {
    expect(classify('buy cheap watches')).toBe('spam');
    expect(classify('review of the meeting')).toBe('ham');
  });

  it('takes what it knows nothing of for ham', () => {
    expect(classify('')).toBe('ham');
    expect(classify('xylophone')).toBe('ham');
  });

  it('gives the same model each time it learns, so that it need not be stored', async () => {
    const [once, again] = await Promise.all([trainOnFirst(60), trainOnFirst(60)]);
    for (let item = 60; item < 120; item++) {
      const { text } = await readMail(item);
      expect(again(text)).toBe(once(text));
    }
  });
});

describe('the ledger', () => {
  let directory = '';
  let path = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'perdure-ledger-'));
    path = join(directory, 'ledger.jsonl');
  });
  afterEach(async () => await rm(directory, { recursive: true }));
  const line = { key: 'k', item: 1, label: 'ham', truth: 'spam' } as const;

  it('is empty before anything was recorded', async () => {
    expect(await readLedger(path)).toEqual({ lines: [], torn: 0 });
  });

  it('has what was appended, over several openings', async () => {
    for (const key of ['a', 'b']) {
      const ledger = await openLedger(path);
      await ledger.append({ ...line, key });
      await ledger.close();
    }
    expect((await readLedger(path)).lines).toEqual([
      { ...line, key: 'a' },
      { ...line, key: 'b' },
    ]);
  });

  it('keeps a line that a kill tore off apart from the next one', async () => {
    await appendFile(path, '{"key":"torn","it');
    const ledger = await openLedger(path);
    await ledger.append(line);
    await ledger.close();
    expect(await readLedger(path)).toEqual({ lines: [line], torn: 1 });
  });

  it('loses with --inject-bug early-ack what it acknowledged, unless it is closed in time', async () => {
    const plain = await openLedger(path);
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const ledger = acknowledgeEarly(plain);
    await ledger.append(line);
    expect((await readLedger(path)).lines).toEqual([]);
    vi.runAllTimers();
    vi.useRealTimers();
    await ledger.close();
    expect((await readLedger(path)).lines).toEqual([line]);
  });
});

describe('readOptions', () => {
  it('takes all mails and five kills unless told otherwise', () => {
    expect(readOptions(['--seed', '7'])).toEqual({
      kills: 5,
      seed: 7,
      items: mailCount,
      data: undefined,
      durability: 'fsync',
      bug: undefined,
      isQuiet: false,
    });
  });

  it.each([
    ['an unknown option', /'--kill'/, ['--kill', '1']],
    ['a number that is none', /--kills/, ['--kills', 'many']],
    ['too few mails', /--items/, ['--items', '10']],
    ['more mails than there are', /--items/, ['--items', '6047']],
    ['more kills than find work', /--kills/, ['--items', '100', '--kills', '7']],
    ['an unknown durability', /--durability/, ['--durability', 'none']],
    ['an unknown bug', /--inject-bug/, ['--inject-bug', 'all']],
    ['a bug that cannot show', /--inject-bug/, ['--inject-bug', 'skip', '--kills', '0']],
  ])('refuses %s by name', (_what, name, args) => {
    expect(() => readOptions(args)).toThrow(name);
  });
});
