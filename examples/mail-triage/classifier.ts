/**
 * Naive Bayes on the words of a mail. The model is not stored: the same mails always give the same
 * model, and learning from a thousand of them takes a fraction of a second at each start.
 */
import createNaiveBayes from 'wink-naive-bayes-text-classifier';
import { readMail, type Label, type Mail } from './mails.ts';

export type Classify = (text: string) => Label;

/** The first sixth of the mails teaches the model; only the others say how good it is. */
export function trainingSize(items: number): number {
  return Math.ceil(items / 6);
}

export function train(examples: readonly Mail[]): Classify {
  const model = createNaiveBayes();
  model.definePrepTasks([words]);
  model.defineConfig({ considerOnlyPresence: true, smoothingFactor: 0.5 });
  for (const { text, truth } of examples) model.learn(text, truth);
  model.consolidate();
  // 'unknown' counts as ham: without evidence no mail is thrown away.
  return (text) => (model.predict(text) === 'spam' ? 'spam' : 'ham');
}

export async function trainOnFirst(count: number): Promise<Classify> {
  const examples: Mail[] = [];
  for (let item = 0; item < count; item++) examples.push(await readMail(item));
  return train(examples);
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[a-z$!][a-z0-9'$!-]{2,19}/g) ?? [];
}
