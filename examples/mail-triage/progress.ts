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
      // A kill is told once it is known where all agents went on.
      const kill = watch.kills[told];
      const isKnown = kill?.found.length === agentNames.length;
      if (isKnown) told++;
      show(watch.recorded, counted, isKnown ? killLine(kill) : undefined);
    },
    stop,
  };
}

/** One kill in words. */
export function killLine(kill: Kill): string {
  const { afterItems, last, found } = kill;
  const where = last === undefined ? 'before any step' : `${last.phase} of mail ${last.item} was last`;
  const sequel = found
    .map(({ agent, phase, item, isAgain }) => `${agent}: ${phase} ${item}${isAgain ? ' again' : ''}`)
    .join(', ');
  const miss = fellInFlight(kill) ? '' : ' (between mails: does not count, killing again)';
  return `SIGKILL after ${afterItems} mails, ${where}; resumed with ${sequel}${miss}`;
}

interface View {
  readonly show: (recorded: number, kills: number, news: string | undefined) => void;
  readonly stop: () => void;
}

function bar(items: number, planned: number): View {
  const format = '{bar} {percentage}% | {value} of {total} mails | kills {kills} of {planned} | {duration_formatted}';
  const bars = new cliProgress.MultiBar(
    { format, hideCursor: true, stream: process.stdout },
    cliProgress.Presets.shades_classic,
  );
  const mails = bars.create(items, 0, { kills: 0, planned });
  return {
    show: (recorded, kills, news) => {
      if (news !== undefined) bars.log(`${news}\n`);
      mails.update(recorded, { kills });
    },
    stop: () => bars.stop(),
  };
}

function lines(items: number, planned: number): View {
  let shownPercent = 0;
  return {
    show: (recorded, kills, news) => {
      if (news !== undefined) console.log(news);
      const percent = Math.floor((recorded * 100) / items);
      if (percent < shownPercent + percentPerLine) return;
      shownPercent = percent - (percent % percentPerLine);
      console.log(`${percent} %: ${recorded} of ${items} mails, kills ${kills} of ${planned}`);
    },
    stop: () => {},
  };
}
