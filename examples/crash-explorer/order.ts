/** What a payment remembers, and what it is told. */
export interface Order {
  readonly cents: number;
  readonly approvals: number;
  readonly receipt: string | undefined;
}

export interface Approve {
  readonly type: 'approve';
}
