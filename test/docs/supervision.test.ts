/** What docs/supervision.md says of configuration: its tables, its policies file, its description. */
import { createMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { type PolicyKind, policyFields } from '../../src/base/policy-options.ts';
import { actor, pool, presets, readPolicies, supervisor, template } from '../../src/index.ts';
import { type AnyDescription, describeTree } from '../../src/runtime/describe-tree.ts';
import { withPolicies } from '../../src/runtime/policies.ts';
import { filesOf } from '../support/source-text.ts';

const { 'docs/supervision.md': page = '' } = filesOf(/^docs\/supervision\.md$/);
const [, section = ''] = /\n## Configuration\n([\s\S]*?)\n## /.exec(page) ?? [];
const [file, node] = [...section.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
  ([, text = '']): unknown => JSON.parse(text),
);

/** The cells of the table whose header begins so. */
function table(header: string): string[][] {
  const [, rows = ''] =
    new RegExp(`\\n\\| ${header} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`).exec(section) ?? [];
  return rows
    .trim()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const machine = createMachine({ id: 'm' });
const told = (child: Parameters<typeof supervisor>[1]['children'][number]): AnyDescription => {
  const { children } = describeTree(supervisor('app', { children: [child] }), ({ id }) => id);
  return children[0] as AnyDescription;
};
const defaults: Readonly<Record<'actor' | 'supervisor' | 'pool', object>> = {
  actor: told(actor('a', machine)).policy,
  supervisor: told(supervisor('s', { children: [] })).policy,
  pool: told(pool('p', machine)).policy,
};

/** The code of a cell, as a value. */
function valueOf(cell: string): unknown {
  const [, code = ''] = /^`([^`]+)`/.exec(cell) ?? [];
  const json = code
    .replace(/(\w+):/g, '"$1":')
    .replaceAll("'", '"')
    .replace(/(\d)_(\d)/g, '$1$2');
  return JSON.parse(json);
}

describe('the table of policies', () => {
  const rows = table('policy');

  it.each(['actor', 'supervisor', 'pool'] as const)(
    'names all of %s(), with its default',
    (kind) => {
      const column = { actor: 2, supervisor: 3, pool: 4 }[kind];
      const own = rows.filter((row) => row[column] !== '–');
      const said = own.map(([name = '', fallback = '', ...rest]) => {
        const ofItsOwn = rest[column - 2]?.startsWith('`') === true;
        return [
          name.replaceAll('`', ''),
          valueOf(ofItsOwn ? (rest[column - 2] as string) : fallback),
        ];
      });

      expect(Object.fromEntries(said)).toEqual(defaults[kind]);
      expect(said.map(([name]) => String(name)).toSorted()).toEqual(policyFields(kind).toSorted());
    },
  );

  it('has those of a pool of subtrees at its end', () => {
    const last = rows.slice(-8).map(([name = '']) => name.replaceAll('`', ''));

    expect(last.toSorted()).toEqual(policyFields('specPool' satisfies PolicyKind).toSorted());
  });
});

describe('the table of presets', () => {
  it('says what each of them says', () => {
    const said = table('preset').map(([name = '', says = '']) => {
      const fields = [...says.matchAll(/`(\w+): ([^`]+)`/g)].map(([, field, value]) => [
        field,
        valueOf(`\`${value}\``),
      ]);
      return [name.replace(/^`presets\.|`$/g, ''), Object.fromEntries(fields)];
    });

    expect(Object.fromEntries(said)).toEqual({ ...presets, durable: {} });
  });
});

describe('the policies file', () => {
  const branch = supervisor('branch', { children: [actor('till', machine)] });
  const root = supervisor('app', {
    children: [
      supervisor('desk', {
        children: [actor('reader', createMachine({ id: 'reader' }), { onStart: () => undefined })],
        templates: [template('tenant', machine)],
      }),
      pool('clerks', machine),
      pool('branches', branch),
    ],
  });
  const laid = describeTree(
    withPolicies(root, readPolicies(file)),
    ({ logic }) => (logic as { id: string }).id,
  );
  const nodes: AnyDescription[] = [];
  const collect = (each: AnyDescription): void => {
    nodes.push(each);
    if ('template' in each) collect(each.template);
    if (each.kind === 'supervisor')
      for (const below of [...each.children, ...each.templates]) collect(below);
  };
  collect(laid);

  it('fits a tree, and is in force there', () => {
    const entries = Object.entries(file as Record<string, object>);

    expect(entries.length).toBeGreaterThan(4);
    for (const [address, policy] of entries)
      expect(nodes.find((each) => each.address === address)?.policy).toMatchObject(policy);
  });

  it('gives the description on the page', () => {
    expect(nodes.find(({ address }) => address === '/desk/reader')).toEqual(node);
  });
});
