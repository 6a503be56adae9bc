/** What a child says it saw: a line of JSON each. */
export type Saw =
  | { readonly saw: 'accepted'; readonly n: number }
  | {
      readonly saw: 'refused';
      readonly n: number;
      readonly code: string;
      readonly outcome: string;
    }
  | {
      readonly saw: 'attempt';
      /** Descriptors that were free. */
      readonly free: number;
      /** Descriptors that earlier attempts did not give back. */
      readonly leaked: number;
      readonly isChanged: boolean;
      /** Null if it was opened. */
      readonly code: string | null;
      readonly exitCode: number;
      readonly what: string;
    }
  | { readonly saw: 'failed'; readonly code: string; readonly cause: string }
  | { readonly saw: 'recovered'; readonly attempts: number }
  | { readonly saw: 'closed'; readonly reason: string; readonly exitCode: number };
