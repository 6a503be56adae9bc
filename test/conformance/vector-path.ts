/** The paths of the vectors (`root/s1/w2`) and the addresses of the runtime (`/s1/w2`). */
import { childAddress, parseAddress, rootAddress } from '../../src/actors/address.ts';

export const rootPath = 'root';

export function addressOf(path: string): string {
  const [, ...ids] = path.split('/');
  return ids.reduce(childAddress, rootAddress);
}

export function pathOf(address: string): string {
  return [rootPath, ...parseAddress(address)].join('/');
}

export function parentPath(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
