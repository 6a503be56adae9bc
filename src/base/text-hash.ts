/**
 * A hash of a text: 16 hex digits, the same in every process. For noticing changes, not against attackers.
 * Two FNV-1a style sums of 32 bits with different primes over UTF-16 units.
 */
export function textHash(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x9dc5811c;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 13), 0x85ebca6b);
  }
  return hex(high) + hex(low);
}

function hex(sum: number): string {
  return (sum >>> 0).toString(16).padStart(8, '0');
}
