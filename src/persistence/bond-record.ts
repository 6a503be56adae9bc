/** One actor watches another, or is linked to it. */
export interface BondRecord {
  readonly number: number;
  readonly kind: 'watch' | 'link';
  /** Uid of the one that is watched, or of one side of a link. */
  readonly target: number;
  readonly holder: number;
  /** Of the holder: its next life knows nothing of it. */
  readonly holderLife: number;
}

export function packBond({ kind, holder, holderLife }: BondRecord): unknown[] {
  return [kind, holder, holderLife];
}

export function unpackBond(target: number, number: number, row: readonly unknown[]): BondRecord {
  return {
    number,
    kind: row[0] as BondRecord['kind'],
    target,
    holder: row[1] as number,
    holderLife: row[2] as number,
  };
}
