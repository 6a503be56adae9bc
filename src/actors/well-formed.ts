/** Text that survives UTF-8. Node has both methods; the library of es2023 does not know them yet. */
interface Text {
  isWellFormed(): boolean;
  toWellFormed(): string;
}

/** Whether `text` has no half of a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as Text).isWellFormed();
}

/** `text` with U+FFFD in place of each half of a surrogate pair. */
export function toWellFormed(text: string): string {
  return (text as unknown as Text).toWellFormed();
}

/** Whether `text` begins with U+FEFF, which decoders of UTF-8 like to drop. */
export function hasByteOrderMark(text: string): boolean {
  return text.charCodeAt(0) === 0xfe_ff;
}
