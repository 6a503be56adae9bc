/** The part of the package that is used here; it ships without types. */
declare module 'wink-naive-bayes-text-classifier' {
  interface NaiveBayes {
    definePrepTasks(tasks: readonly ((text: string) => string[])[]): number;
    defineConfig(config: { considerOnlyPresence?: boolean; smoothingFactor?: number }): boolean;
    learn(text: string, label: string): boolean;
    consolidate(): boolean;
    /** `'unknown'` when no word of the text was ever seen. */
    predict(text: string): string;
  }
  export default function createNaiveBayes(): NaiveBayes;
}
