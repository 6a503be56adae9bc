import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Envelope } from '../../src/actors/envelope.ts';
import { Mailbox } from '../../src/actors/mailbox.ts';
import { property } from '../support/property.ts';

function envelopeAt(position: number): Envelope {
  return new Envelope(position, 0, { kind: 'message', event: { type: 'e' } });
}

function readPage(mailbox: Mailbox, size: number): void {
  const count = Math.min(size, mailbox.diskHi - mailbox.diskLo);
  mailbox.page(Array.from({ length: count }, (_, index) => envelopeAt(mailbox.diskLo + index)));
}

describe('Mailbox', () => {
  property(
    'gives every envelope once, in order, whatever is on disk and in which pages it is read',
    [fc.nat(30), fc.integer({ min: 1, max: 7 }), fc.array(fc.boolean(), { maxLength: 80 })],
    (onDisk, pageSize, moves) => {
      const mailbox = new Mailbox();
      mailbox.restore(5, 5, 5 + onDisk);
      const taken: number[] = [];
      const take = (): void => {
        if (mailbox.needsPage) readPage(mailbox, pageSize);
        const envelope = mailbox.peek();
        if (envelope === undefined) return;
        taken.push(envelope.position);
        mailbox.shift();
      };
      for (const isArrival of moves) {
        if (isArrival) mailbox.add(envelopeAt(mailbox.tail));
        else take();
      }
      while (!mailbox.isEmpty) take();

      const arrivals = moves.filter(Boolean).length;
      expect(taken).toEqual(Array.from({ length: onDisk + arrivals }, (_, index) => 5 + index));
    },
  );

  it('remembers the first envelope without a row, also when that one is taken', () => {
    const mailbox = new Mailbox();
    mailbox.add(envelopeAt(1));
    mailbox.add(envelopeAt(2));

    mailbox.shift();

    expect(mailbox.firstUnwritten?.position).toBe(2);
  });

  it('passes over what cannot be read, and over nothing else', () => {
    const mailbox = new Mailbox();
    mailbox.restore(5, 5, 7);
    mailbox.add(envelopeAt(7));
    mailbox.page([envelopeAt(5)]);
    expect(() => mailbox.pass()).toThrow('has not been read');
    mailbox.shift();
    mailbox.pass();

    expect(mailbox.peek()?.position).toBe(7);
    expect(() => mailbox.pass()).toThrow('has not been read');
  });

  it('refuses an arrival out of its place', () => {
    expect(() => new Mailbox().add(envelopeAt(7))).toThrow('numbered without a gap');
  });
});
