/** Shows the run as it goes: a bar on a terminal, a plain line every few percent elsewhere. */
import cliProgress from 'cli-progress';
import { agentNames } from './desk.ts';
import { fellInFlight, type Kill, type Watch } from './watch.ts';

export interface Progress {
  update(): void;
  stop(): void;
}

const silent: Progress = { update: () => {}, stop: () => {} };
const percentPerLine = 10;

export function createProgress(
  watch: Watch,
  { items, kills, isQuiet }: { items: number; kills: number; isQuiet: boolean },
): Progress {
  if (isQuiet) return silent;
  const { show, stop } = process.stdout.isTTY ? bar(items, kills) : lines(items, kills);
  let told = 0;
  return {
    update: () => {
      const counted = watch.kills.filter(fellInFlight).length;
      // A kill is told once it is known where all agents went on, or never will be.
      const kill = watch.kills[told];
      const isKnown = kill?.found.length === agentNames.length || watch.kills.length > told + 1;
      if (isKnown) told++;
      show(watch.recorded, counted, isKnown && kill !== undefined ? killLine(kill) : undefined);
    },
    stop,
  };
}

/**
 * One kill in words: `after 408 mails, at record 407; resumed 1: read 412, 2: record 407, …`, the step
 * and mail last heard of, and where the store says each agent was.
 */
export function killLine(kill: Kill): string {
  const { afterItems, last, found } = kill;
  const sequel = found
    .toSorted((a, b) => a.agent.localeCompare(b.agent))
    .map(
      ({ agent, phase, item, isAgain }) => `${agent}: ${phase} ${item}${isAgain ? '' : ' (new)'}`,
    )
    .join(', ');
  const miss = fellInFlight(kill) ? '' : '; fell between mails, does not count';
  const at = last === undefined ? 'before any step' : `at ${last.phase} ${last.item}`;
  return `after ${afterItems} mails, ${at}; resumed ${sequel}${miss}`;
}

interface View {
  readonly show: (recorded: number, kills: number, news: string | undefined) => void;
  readonly stop: () => void;
}

function bar(items: number, planned: number): View {
  const format =
    '{bar} {percentage}% | {value} of {total} mails | kills {kills} of {planned} | {duration_formatted}';
  const bars = new cliProgress.MultiBar(
    { format, hideCursor: true, stream: process.stdout },
    cliProgress.Presets.shades_classic,
  );
  const mails = bars.create(items, 0, { kills: 0, planned });
  return {
    show: (recorded, kills, news) => {
      if (news !== undefined) bars.log(`SIGKILL ${news}\n`);
      mails.update(recorded, { kills });
    },
    stop: () => bars.stop(),
  };
}

function lines(items: number, planned: number): View {
  let shownPercent = 0;
  return {
    show: (recorded, kills, news) => {
      if (news !== undefined) console.log(`SIGKILL ${news}`);
      const percent = Math.floor((recorded * 100) / items);
      if (percent < shownPercent + percentPerLine) return;
      shownPercent = percent - (percent % percentPerLine);
      console.log(`${percent} %: ${recorded} of ${items} mails, kills ${kills} of ${planned}`);
    },
    stop: () => {},
  };
}
